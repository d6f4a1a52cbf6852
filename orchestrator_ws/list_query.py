"""The query language of lists: range, sort, filter (``docs/rest.md``, section 4; value rules of the UI)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from operator import or_
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from django.db.models import F, Model, OuterRef, Q, Subquery
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower
from django.db.models.query import QuerySet
from django.utils.dateparse import parse_datetime

from orchestrator_ws.errors import BadRequestError

M = TypeVar("M", bound=Model)
Order: TypeAlias = Sequence[str | OrderBy]

_COMPARISONS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt", "": "exact"}
MATCH_NOTHING = Q(pk__in=[])
_MAX_TEXT_LENGTH = 10_000
MAX_CONDITIONS = 100
"""Of one filter, and of one of its fields: more nest deeper than SQLite reads."""
_MAX_DIGITS = 9


class Kind(Enum):
    """How the values of a field are read and compared."""

    TEXT = auto()
    BOOLEAN = auto()
    DATE = auto()
    NUMBER = auto()
    UUID = auto()
    UUID_AS_TEXT = auto()
    """A text column of which only UUIDs can be asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """Rows of another table, several of which may belong to one of the list; ``owner`` is their column of its key."""

    rows: QuerySet[Any]
    owner: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field by which a list can be filtered or sorted: a column of its own row, or of the first related one."""

    column: str
    kind: Kind = Kind.TEXT
    related: Related | None = None
    choices: frozenset[str] = frozenset()
    """All values of a text column that has only these: letters of one case, so that its own index serves."""

    def matches(self, value: str, text_lookup: str = "iexact") -> Q:
        """Return "the value is this"; ``text_lookup`` (of Django's) says how much of a text has to be."""
        condition = self._condition(value, text_lookup)
        if self.related is None or condition == MATCH_NOTHING:
            return condition
        return Q(pk__in=self.related.rows.filter(condition).values(self.related.owner))

    def ordered(self, *, descending: bool) -> OrderBy:
        """Return the order by this field; text without regard to its case, rows without related ones last."""
        if self.related is None:
            key = Lower(self.column) if self.kind is Kind.TEXT and not self.choices else F(self.column)
            return key.desc() if descending else key.asc()
        rows = self.related.rows.filter(**{self.related.owner: OuterRef("pk")}).order_by("pk")
        value = Subquery(rows.values(self.column)[:1])
        related_key = Lower(value) if self.kind is Kind.TEXT else value
        return related_key.desc(nulls_last=True) if descending else related_key.asc(nulls_last=True)

    def _condition(self, value: str, text_lookup: str) -> Q:
        match self.kind:
            case Kind.BOOLEAN:
                known = value.lower() in ("true", "false")
                return Q(**{self.column: value.lower() == "true"}) if known else MATCH_NOTHING
            case Kind.DATE:
                return self._compare(value, _parse_moment)
            case Kind.NUMBER:
                return self._compare(value, _parse_number)
            case Kind.UUID | Kind.UUID_AS_TEXT:
                try:
                    identity = UUID(value)
                except ValueError:
                    return MATCH_NOTHING
                return Q(**{self.column: identity if self.kind is Kind.UUID else str(identity)})
            case Kind.TEXT if self.choices and text_lookup == "iexact":
                meant = [choice for choice in self.choices if choice.lower() == value.lower()]
                return Q(**{f"{self.column}__in": meant}) if meant else MATCH_NOTHING
            case Kind.TEXT:
                # No column has such text, and databases stumble over it.
                if "\0" in value or len(value) > _MAX_TEXT_LENGTH:
                    return MATCH_NOTHING
                return Q(**{f"{self.column}__{text_lookup}": value}) & Q(**{f"{self.column}__isnull": False})

    def _compare(self, value: str, parse: Any) -> Q:
        comparison = re.match(r"[<>]=?|", value)
        sign = comparison.group() if comparison else ""
        parsed = parse(value.removeprefix(sign))
        return MATCH_NOTHING if parsed is None else Q(**{f"{self.column}__{_COMPARISONS[sign]}": parsed})


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFields:
    """What one list can be asked for."""

    own: Mapping[str, Field]
    """Filters and sorts, in camelCase or snake_case."""
    filters: Mapping[str, Field]
    """Only filters, in either spelling."""
    sorts: Mapping[str, Field]
    """Only sorts, spelled as here."""
    default_order: Order
    key: str
    """The primary key, which always sorts last, so that no row is on two pages."""

    def find_filter(self, name: str) -> Field | None:
        """Return the field to filter by, None if there is none of that name."""
        field = _snake_case(name)
        return self.own.get(field) or self.filters.get(field)

    def find_sort(self, name: str) -> Field | None:
        """Return the field to sort by, None if there is none of that name."""
        return self.sorts.get(name) or self.own.get(_snake_case(name))


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuery:
    """What a list request asks for; ``start`` and ``end`` are row numbers, ``end`` excluded, None without a range."""

    condition: Q
    order: Order
    start: int | None
    end: int | None

    def page(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return the rows asked for, found by keys alone, which an index may hold in order, so no other is read."""
        matching = rows.filter(self.condition).order_by(*self.order)
        if self.start is None or self.end is None:
            return matching
        return rows.filter(pk__in=matching.values("pk")[self.start : self.end]).order_by(*self.order)

    def total(self, rows: QuerySet[M], listed: int) -> int:
        """Return how many rows match, given how many the page has; they are counted only where that does not tell."""
        if self.start is None or self.end is None:
            return listed
        is_last_page = listed < self.end - self.start and (listed > 0 or self.start == 0)
        return self.start + listed if is_last_page else rows.filter(self.condition).count()


def parse_list_query(fields: ListFields, parameters: Mapping[str, str]) -> ListQuery:
    """Parse the query parameters ``range``, ``sort`` and ``filter``.

    Raises:
        BadRequestError: one is malformed or names an unknown field; the text is that of ``docs/rest.md``, section 4.
    """
    start, end = _parse_range(parameters.get("range"))
    condition = _parse_filter(fields, parameters.get("filter"))
    return ListQuery(condition=condition, order=_parse_sort(fields, parameters.get("sort")), start=start, end=end)


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


def _parse_sort(fields: ListFields, text: str | None) -> Order:
    parts = (text or "").split(",")
    if len(parts) == 1:
        return [*fields.default_order, fields.key]
    if len(parts) % 2:
        raise BadRequestError("Invalid sort arguments")
    order: list[str | OrderBy] = []
    for name, direction in zip(parts[::2], parts[1::2], strict=True):
        field = fields.find_sort(name)
        if field is None or direction.lower() not in ("asc", "desc"):
            raise BadRequestError("Invalid sort arguments")
        order.append(field.ordered(descending=direction.lower() == "desc"))
    return [*order, fields.key]


def _parse_filter(fields: ListFields, text: str | None) -> Q:
    condition = Q()
    if not text:
        return condition
    parts = text.split(",")
    if len(parts) % 2 or len(parts) > 2 * MAX_CONDITIONS:
        raise BadRequestError("Invalid number of filter arguments")
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        field = fields.find_filter(name)
        if field is None:
            raise BadRequestError("400: Invalid filter arguments")
        condition &= parse_value(name, field, value)
    return condition


def parse_value(name: str, field: Field, value: str) -> Q:
    """Return the condition of one field: ``!`` negates, ``-`` and ``|`` part alternatives, whole values match.

    Raises:
        BadRequestError: there is no alternative, or too many.
    """
    negated = value.startswith("!")
    whole = field.kind in (Kind.DATE, Kind.UUID, Kind.UUID_AS_TEXT) or name.lower().endswith("id")
    parts = [part for part in re.split(r"\|" if whole else r"[-|]", value.removeprefix("!")) if part]
    if not parts or len(parts) > MAX_CONDITIONS:
        raise BadRequestError("Invalid filter arguments")
    condition = reduce(or_, (field.matches(part) for part in parts))
    return ~condition if negated else condition


def _parse_moment(text: str) -> Any:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo is None else moment


def _parse_number(text: str) -> int | None:
    return int(text) if re.fullmatch(rf"\d{{1,{_MAX_DIGITS}}}", text, re.ASCII) else None


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)[A-Z]", lambda letter: f"_{letter.group().lower()}", name)
