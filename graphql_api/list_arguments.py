"""What a list is asked for in GraphQL: filter, sort, range and search text (``docs/graphql.md``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import strawberry
from django.db.models import Q

from orchestrator_ws.errors import BadRequestError
from orchestrator_ws.list_query import MATCH_NOTHING, MAX_CONDITIONS, ListFields, ListQuery, Order, parse_value
from orchestrator_ws.search_query import parse_search

DEFAULT_FIRST = 10


@strawberry.enum
class SortOrder(StrEnum):
    """Which way a list is sorted."""

    ASC = "asc"
    DESC = "desc"


@strawberry.input
class GraphqlFilter:
    """A field and what it has to be."""

    field: str
    value: str


@strawberry.input
class GraphqlSort:
    """A field to sort by."""

    field: str
    order: SortOrder = SortOrder.ASC


@dataclass(frozen=True, kw_only=True, slots=True)
class ListArguments:
    """The arguments of one list; equal ones ask for the same."""

    filters: tuple[tuple[str, str], ...]
    sorts: tuple[tuple[str, SortOrder], ...]
    first: int
    after: int
    text: str

    @classmethod
    def read(
        cls,
        filter_by: Sequence[GraphqlFilter] | None,
        sort_by: Sequence[GraphqlSort] | None,
        first: int,
        after: int,
        query: str | None,
    ) -> Self:
        """Return them.

        Raises:
            BadRequestError: a number is negative, or there are too many filters.
        """
        if first < 0 or after < 0:
            raise BadRequestError("Invalid range arguments: first and after are not negative")
        filters, sorts = filter_by or (), sort_by or ()
        if max(len(filters), len(sorts)) > MAX_CONDITIONS:
            raise BadRequestError(f"More than {MAX_CONDITIONS} filters or sorts")
        return cls(
            filters=tuple((each.field, each.value) for each in filters),
            sorts=tuple((each.field, each.order) for each in sorts),
            first=first,
            after=after,
            text=query or "",
        )

    def list_query(self, fields: ListFields, default_order: Order) -> tuple[ListQuery, list[str]]:
        """Return the query, and what is wrong with it: what names no field is left out, what names no value finds none.

        Raises:
            BadRequestError: the search text is not well-formed.
        """
        condition, faults = self._condition(fields)
        order, sort_faults = self._order(fields)
        query = ListQuery(
            condition=condition & parse_search(fields, self.text),
            order=[*(order or default_order), fields.key],
            start=self.after,
            end=self.after + self.first,
        )
        return query, faults + sort_faults

    def _condition(self, fields: ListFields) -> tuple[Q, list[str]]:
        condition, unknown, faults = Q(), [], []
        for name, value in self.filters:
            field = fields.find_filter(name)
            if field is None:
                unknown.append(name)
                continue
            try:
                condition &= parse_value(name, field, value)
            except BadRequestError:
                condition &= MATCH_NOTHING
                faults.append("Invalid filter arguments ")
        if unknown:
            known = filter_names(fields)
            faults.append(f"Invalid filter arguments (invalid_filters={unknown} valid_filter_keys={known})")
        return condition, faults

    def _order(self, fields: ListFields) -> tuple[Order, list[str]]:
        order, unknown = [], []
        for name, direction in self.sorts:
            field = fields.find_sort(name)
            if field is None:
                unknown.append(name)
                continue
            order.append(field.ordered(descending=direction is SortOrder.DESC))
        known = sort_names(fields)
        faults = [f"Invalid sort arguments (invalid_sorting={unknown} valid_sort_keys={known})"] if unknown else []
        return order, faults


def filter_names(fields: ListFields) -> list[str]:
    """Return the names that a list can be filtered by, in both spellings, sorted."""
    names = {*fields.own, *fields.filters}
    return sorted(names | {_camel_case(name) for name in names})


def sort_names(fields: ListFields) -> list[str]:
    """Return the names that a list can be sorted by, its own columns in both spellings, sorted."""
    return sorted({*fields.own, *map(_camel_case, fields.own), *fields.sorts})


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
