"""One page of a list, as the address of the page asks for it: ``q``, ``sort`` and ``page``."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db.models import Model, Q
from django.db.models.query import QuerySet
from django.http import QueryDict

from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.errors import BadRequestError
from orchestrator_ws.list_query import MATCH_NOTHING, ListFields, parse_list_query
from orchestrator_ws.search_query import parse_search

M = TypeVar("M", bound=Model)

ROWS_PER_PAGE = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """The rows of a page, and where it is in the list."""

    rows: Sequence[JsonObject]
    total: int
    page: int
    query: str
    """What was searched for."""
    fault: str = ""
    """Why nothing can be found: what is wrong with the search."""

    @property
    def first(self) -> int:
        """The number of the first row, from 1."""
        return (self.page - 1) * ROWS_PER_PAGE + 1

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first + len(self.rows) - 1

    @property
    def previous_page(self) -> int:
        """The number of the page before."""
        return self.page - 1

    @property
    def next_page(self) -> int:
        """The number of the page behind."""
        return self.page + 1

    @property
    def page_count(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // ROWS_PER_PAGE))


def search_text(address: QueryDict) -> str:
    """Return what is searched for, empty for everything."""
    return address.get("q", "").strip()


def search_condition(address: QueryDict, fields: ListFields) -> Q:
    """Return what the search finds; what cannot be searched for finds nothing."""
    try:
        return parse_search(fields, search_text(address))
    except BadRequestError:
        return MATCH_NOTHING


def read_listing(
    address: QueryDict,
    fields: ListFields,
    rows: QuerySet[M],
    bodies: Callable[[QuerySet[M]], Sequence[JsonObject]],
) -> Listing:
    """Return the page; what cannot be searched for finds nothing, and says why."""
    text = search_text(address)
    page = _page_number(address.get("page", ""))
    try:
        start = (page - 1) * ROWS_PER_PAGE
        query = parse_list_query(fields, {"sort": address.get("sort", ""), "range": f"{start},{start + ROWS_PER_PAGE}"})
        found = parse_search(fields, text)
    except BadRequestError as error:
        return Listing(rows=[], total=0, page=1, query=text, fault=str(error))
    query = replace(query, condition=query.condition & found)
    listed = bodies(query.page(rows))
    return Listing(rows=listed, total=query.total(rows, len(listed)), page=page, query=text)


def _page_number(text: str) -> int:
    return int(text) if re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII) else 1
