"""A list in GraphQL: its page, and what there is to know of the page; each read only if it is selected."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

import strawberry

from graphql_api.list_arguments import ListArguments, filter_names, sort_names
from orchestrator_ws.list_query import ListFields

T = TypeVar("T")


class Listed(Generic[T]):
    """A list as it was asked for: how to read its page, and how to count all that there is."""

    def __init__(
        self, arguments: ListArguments, fields: ListFields, *, page: Callable[[], list[T]], total: Callable[[int], int]
    ) -> None:
        """Take both; ``total`` is told how many the page has, where that is known, else that it is full."""
        self.arguments = arguments
        self.fields = fields
        self._page = page
        self._total = total

    @cached_property
    def page(self) -> list[T]:
        """The objects on the page."""
        return self._page()

    @cached_property
    def total(self) -> int:
        """How many there are."""
        return self._total(len(self.page) if "page" in self.__dict__ else self.arguments.first)

    @property
    def length(self) -> int:
        """How many are on the page."""
        return max(0, min(self.arguments.first, self.total - self.arguments.after))


@strawberry.type
class PageInfo:
    """Where the page is in its list."""

    listed: strawberry.Private[Listed[Any]]

    @strawberry.field
    def has_next_page(self) -> bool:
        """Return whether more rows follow."""
        return self.listed.total > self.listed.arguments.after + self.listed.length

    @strawberry.field
    def has_previous_page(self) -> bool:
        """Return whether rows come before."""
        return self.listed.arguments.after > 0

    @strawberry.field
    def start_cursor(self) -> int | None:
        """Return the number of the first row, from 0; null on an empty page."""
        return self.listed.arguments.after if self.listed.length else None

    @strawberry.field
    def end_cursor(self) -> int | None:
        """Return the number of the last row, that before the first on an empty page."""
        return self.listed.arguments.after + self.listed.length - 1

    @strawberry.field
    def total_items(self) -> int:
        """Return how many rows match filter and query."""
        return self.listed.total

    @strawberry.field
    def sort_fields(self) -> list[str]:
        """Return what the list can be sorted by."""
        return sort_names(self.listed.fields)

    @strawberry.field
    def filter_fields(self) -> list[str]:
        """Return what the list can be filtered and searched by."""
        return filter_names(self.listed.fields)


@strawberry.type
class Connection(Generic[T]):
    """One page of a list."""

    listed: strawberry.Private[Listed[T]]

    @strawberry.field
    def page(self) -> list[T]:
        """Return the objects on the page."""
        return self.listed.page

    @strawberry.field
    def page_info(self) -> PageInfo:
        """Return where the page is."""
        return PageInfo(listed=self.listed)
