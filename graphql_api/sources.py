"""Where the objects of a list come from: all of a kind, or those that belong to each object of a page."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.db.models.query import QuerySet

from graphql_api.batches import Budget
from graphql_api.connections import Connection, Listed
from graphql_api.context import Info
from graphql_api.list_arguments import DEFAULT_FIRST, GraphqlFilter, GraphqlSort, ListArguments
from orchestrator_ws.contracts import Row
from orchestrator_ws.list_query import ListFields, ListQuery, Order

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Generic[T]):
    """One kind of object: its rows, by what they are listed, what is read of them, and what is made of that."""

    everything: QuerySet[Any]
    fields: ListFields
    rows: Callable[[QuerySet[Any]], QuerySet[Any, Row]]
    make: Callable[[Sequence[Row], Budget], list[T]]

    def list_all(self) -> Any:
        """Return the field of a list of all; two queries at most, for page and count."""

        def read(root: None, info: Info, arguments: ListArguments, query: ListQuery) -> Listed[T]:
            rows = self.everything.all()
            return Listed(
                arguments,
                self.fields,
                page=lambda: self.make(list(self.rows(query.page(rows))), info.context.budget),
                total=lambda length: query.total(rows, length),
            )

        return _list_field(self.fields, self.fields.default_order, read)

    def list_owned(self, owner: str, *, key: str, order: Order) -> Any:
        """Return the field of a list of what belongs to an object, whose attribute ``key`` is its key.

        ``owner`` leads from a row to that key. Two queries at most, for all objects of the page that the object is on.
        """
        owned = _Owned(source=self, owner=owner, order=order)

        def read(root: Any, info: Info, arguments: ListArguments, query: ListQuery) -> Listed[T]:
            mine = getattr(root, key)
            return Listed(
                arguments,
                self.fields,
                page=lambda: root.batch.read(mine, owned.pages, arguments, root.batch.budget),
                total=lambda _: root.batch.read(mine, owned.totals, arguments),
            )

        return _list_field(self.fields, order, read)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Owned(Generic[T]):
    source: Source[T]
    owner: str
    order: Order

    def pages(self, keys: Sequence[UUID], arguments: ListArguments, budget: Budget) -> Mapping[UUID, list[T]]:
        """Return the page of each."""
        query, _ = arguments.list_query(self.source.fields, self.order)
        number = Window(RowNumber(), partition_by=F(self.owner), order_by=list(query.order))
        numbered = self.source.rows(self._rows(keys, query)).annotate(owner_key=F(self.owner), row_number=number)
        rows = list(numbered.filter(row_number__gt=query.start, row_number__lte=query.end).order_by("row_number"))
        pages: dict[UUID, list[T]] = defaultdict(list)
        for row, made in zip(rows, self.source.make(rows, budget), strict=True):
            pages[row["owner_key"]].append(made)
        return pages

    def totals(self, keys: Sequence[UUID], arguments: ListArguments) -> Mapping[UUID, int]:
        """Return how many each has."""
        query, _ = arguments.list_query(self.source.fields, self.order)
        counted = self._rows(keys, query).order_by().values_list(self.owner).annotate(Count("pk"))
        return defaultdict(int, counted)

    def _rows(self, keys: Sequence[UUID], query: ListQuery) -> QuerySet[Any]:
        return self.source.everything.filter(query.condition, **{f"{self.owner}__in": keys})


def _list_field(
    fields: ListFields, order: Order, read: Callable[[Any, Info, ListArguments, ListQuery], Listed[Any]]
) -> Any:
    def resolve(  # noqa: PLR0913, PLR0917  the arguments of every list
        root: Any,
        info: Info,
        filter_by: list[GraphqlFilter] | None = None,
        sort_by: list[GraphqlSort] | None = None,
        first: int = DEFAULT_FIRST,
        after: int = 0,
        query: str | None = None,
    ) -> Connection[Any]:
        arguments = ListArguments.read(filter_by, sort_by, first, after, query)
        list_query, faults = arguments.list_query(fields, order)
        for fault in faults:
            info.context.report(info.path.as_list(), fault)
        return Connection(listed=read(root, info, arguments, list_query))

    return strawberry.field(resolver=resolve)
