"""The search by conditions of the Orchestrator UI (``docs/rest.md``, section 7), on top of the fields of the list."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q

from orchestrator_ws.contracts import JsonObject, Row
from orchestrator_ws.errors import BadRequestError
from orchestrator_ws.list_query import ListQuery, Order
from orchestrator_ws.search_query import parse_search
from subscriptions.list_query import SUBSCRIPTION_FIELDS
from subscriptions.models import Subscription
from subscriptions.search_body import Combined, Condition, Conditions, Search, Term
from subscriptions.serializers import iso_moment

PREFIX = "subscription."
"""What stands before the name of each field."""

T = TypeVar("T")


def find_subscriptions(search: Search) -> JsonObject:
    """Return the first rows that fulfil all conditions and hold the text, and how many do; two queries at most.

    Raises:
        BadRequestError: a field is unknown, or the text is malformed.
    """
    columns = {name: _find(SUBSCRIPTION_FIELDS.find_filter, name).column for name in search.response_columns or ()}
    conditions = Q() if search.filters is None else _combine(search.filters)
    text = parse_search(SUBSCRIPTION_FIELDS, search.query or "")
    query = ListQuery(condition=conditions & text, order=_order(search), start=0, end=search.limit)
    everything = Subscription.objects.all()
    found = list(query.page(everything).values("subscription_id", "description", *columns.values()))
    total = query.total(everything, len(found))
    return {
        "data": [_entity(row, columns) for row in found],
        "page_info": {"has_next_page": total > len(found), "next_page_cursor": None},
        "search_metadata": {"search_type": "structured", "description": "Subscriptions that fulfil all conditions"},
        "cursor": {"total_items": total, "start_cursor": 0 if found else None, "end_cursor": len(found) - 1},
    }


def _entity(row: Row, columns: dict[str, str]) -> JsonObject:
    return {
        "entity_id": str(row["subscription_id"]),
        "entity_type": "SUBSCRIPTION",
        "entity_title": row["description"],
        "score": 1.0,
        "perfect_match": 0,
        "matching_fields": None,
        "response_columns": {name: _plain(row[column]) for name, column in columns.items()},
    }


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return iso_moment(value)
        case UUID():
            return str(value)
        case _:
            return value


def _find(find: Callable[[str], T | None], element: str) -> T:
    field = find(element.removeprefix(PREFIX)) if element.startswith(PREFIX) else None
    if field is None:
        raise BadRequestError(f"Unknown field {element[:100]}")
    return field


def _order(search: Search) -> Order:
    if search.order_by is None:
        return [*SUBSCRIPTION_FIELDS.default_order, SUBSCRIPTION_FIELDS.key]
    field = _find(SUBSCRIPTION_FIELDS.find_sort, search.order_by.element)
    return [field.ordered(descending=search.order_by.direction == "desc"), SUBSCRIPTION_FIELDS.key]


def _combine(condition: Condition) -> Q:
    match condition:
        case Term(term=term):
            ((element, value),) = term.items()
            return _find(SUBSCRIPTION_FIELDS.find_filter, element).matches(str(value))
        case Combined(conditions=Conditions(must=must, should=should)):
            return _joined(must, and_) & _joined(should, or_)


def _joined(conditions: Sequence[Condition], join: Callable[[Q, Q], Q]) -> Q:
    return reduce(join, map(_combine, conditions)) if conditions else Q()
