"""The query language of the process list: range, sort, filter (``docs/rest.md``, section 4; value rules of the UI)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Lower
from django.db.models.query import QuerySet
from django.utils.dateparse import parse_datetime

from orchestrator_ws.errors import BadRequestError
from processes.models import Process

_COLUMNS = {
    "assignee": "assignee",
    "created_by": "created_by",
    "failed_reason": "failed_reason",
    "is_task": "is_task",
    "last_modified_at": "last_modified_at",
    "last_status": "last_status",
    "last_step": "last_step",
    "note": "note",
    "process_id": "process_id",
    "started_at": "started_at",
    "traceback": "traceback",
    "workflow_id": "workflow_id",
}
_FILTER_COLUMNS = {**_COLUMNS, "target": "workflow__target", "workflow_name": "workflow__name"}
_SORT_COLUMNS = {**_COLUMNS, "workflowName": "workflow__name", "workflowTarget": "workflow__target"}

# What a process gets from its subscriptions: known names, which match and order nothing while there are none.
_SUBSCRIPTION_FILTERS = frozenset({"customer", "product", "product_description", "tag", "subscription_id"})
_SUBSCRIPTION_SORTS = frozenset(
    [
        "subscriptions",
        "productName",
        "productTag",
        "productType",
        "productDescription",
        "productStatus",
        "productId",
        "productCreatedAt",
        "productEndDate",
    ]
)

_DATES = frozenset({"last_modified_at", "started_at"})
_UUIDS = frozenset({"process_id", "workflow_id"})
_NOT_TEXT = _DATES | _UUIDS | {"is_task"}
_COMPARISONS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt", "": "exact"}
_MATCH_NOTHING = Q(pk__in=[])
_MAX_TEXT_LENGTH = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuery:
    """What a list request asks for; ``start`` and ``end`` are row numbers, ``end`` excluded, None without a range."""

    condition: Q
    order: Sequence[str | F | Lower]
    start: int | None
    end: int | None

    def select(self, processes: QuerySet[Process]) -> tuple[QuerySet[Process], int]:
        """Return the rows asked for, and how many match the filter."""
        matching = processes.filter(self.condition)
        rows = matching.order_by(*self.order)
        return (rows if self.start is None else rows[self.start : self.end]), matching.count()


def parse_list_query(*, range_: str | None, sort: str | None, filter_: str | None) -> ListQuery:
    """Parse the three query parameters.

    Raises:
        BadRequestError: one is malformed or names an unknown field; the text is that of ``docs/rest.md``, section 4.
    """
    start, end = _parse_range(range_)
    return ListQuery(condition=_parse_filter(filter_), order=_parse_sort(sort), start=start, end=end)


def _parse_range(text: str | None) -> tuple[int | None, int | None]:
    parts = (text or "").split(",")
    if len(parts) != 2:
        return None, None
    if not all(re.fullmatch(r"\s*\d{1,18}\s*", part, re.ASCII) for part in parts):
        raise BadRequestError("Invalid range arguments")
    start, end = int(parts[0]), int(parts[1])
    if start >= end:
        raise BadRequestError("range start must be lower than end")
    return start, end


def _parse_sort(text: str | None) -> list[str | F | Lower]:
    parts = (text or "").split(",")
    if len(parts) == 1:
        return ["-started_at", "process_id"]
    if len(parts) % 2:
        raise BadRequestError("Invalid sort arguments")
    order: list[str | F | Lower] = []
    for field, direction in zip(parts[::2], parts[1::2], strict=True):
        if direction.lower() not in ("asc", "desc"):
            raise BadRequestError("Invalid sort arguments")
        if field in _SUBSCRIPTION_SORTS:
            continue
        column = _SORT_COLUMNS.get(field) or _SORT_COLUMNS.get(_snake_case(field))
        if column is None:
            raise BadRequestError("Invalid sort arguments")
        key = F(column) if column in _NOT_TEXT else Lower(column)
        order.append(key.desc() if direction.lower() == "desc" else key.asc())  # type: ignore[arg-type]
    return [*order, "process_id"]


def _parse_filter(text: str | None) -> Q:
    condition = Q()
    if not text:
        return condition
    parts = text.split(",")
    if len(parts) % 2:
        raise BadRequestError("Invalid number of filter arguments")
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        field = _snake_case(name)
        if field not in _FILTER_COLUMNS and field not in _SUBSCRIPTION_FILTERS:
            raise BadRequestError("400: Invalid filter arguments")
        condition &= _condition(field, value)
    return condition


def _condition(field: str, value: str) -> Q:
    """Return the condition of one field: ``!`` negates, ``-`` and ``|`` part alternatives, whole values match."""
    negated = value.startswith("!")
    separators = r"\|" if "date" in field or field.endswith("id") or field in _DATES else r"[-|]"
    alternatives = [part for part in re.split(separators, value.removeprefix("!")) if part]
    if not alternatives:
        raise BadRequestError("Invalid filter arguments")
    condition = reduce(or_, (_matches(field, alternative) for alternative in alternatives))
    return ~condition if negated else condition


def _matches(field: str, value: str) -> Q:
    if field in _SUBSCRIPTION_FILTERS:
        return _MATCH_NOTHING
    column = _FILTER_COLUMNS[field]
    if field == "is_task":
        return Q(is_task=value.lower() == "true") if value.lower() in ("true", "false") else _MATCH_NOTHING
    if field in _DATES:
        return _compare_date(column, value)
    if field in _UUIDS:
        try:
            return Q(**{column: UUID(value)})
        except ValueError:
            return _MATCH_NOTHING
    if "\0" in value or len(value) > _MAX_TEXT_LENGTH:  # no column has such text, and databases stumble over it
        return _MATCH_NOTHING
    return Q(**{f"{column}__iexact": value}) & Q(**{f"{column}__isnull": False})


def _compare_date(column: str, value: str) -> Q:
    comparison = re.match(r"[<>]=?|", value)
    prefix = comparison.group() if comparison else ""
    try:
        moment = parse_datetime(value.removeprefix(prefix))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        return _MATCH_NOTHING
    return Q(**{f"{column}__{_COMPARISONS[prefix]}": moment})


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)[A-Z]", lambda letter: f"_{letter.group().lower()}", name)
