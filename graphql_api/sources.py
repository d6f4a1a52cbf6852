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

from graphql_api.batches import Batch, Budget
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

    def objects(self, rows: QuerySet[Any, Row], budget: Budget) -> list[tuple[Row, T]]:
        """Read the rows and return each with its object; one query.

        Raises:
            PayloadTooLargeError: a request has no budget left for them.
        """
        read = list(rows)
        budget.take(len(read))
        return list(zip(read, self.make(read, budget), strict=True))

    def list_all(self) -> Any:
        """Return the field of a list of all; two queries at most, for page and count."""

        def read(root: None, info: Info, arguments: ListArguments) -> tuple[Listed[T], list[str]]:
            query, faults = arguments.list_query(self.fields, self.fields.default_order)
            rows = self.everything.all()
            listed = Listed(
                arguments,
                self.fields,
                page=lambda: [made for _, made in self.objects(self.rows(query.page(rows)), info.context.budget)],
                total=lambda length: query.total(rows, length),
            )
            return listed, faults

        return _list_field(read)

    def list_owned(self, owner: str, *, key: str, order: Order) -> Any:
        """Return the field of a list of what belongs to an object, whose attribute ``key`` is its key.

        ``owner`` leads from a row to that key. Two queries at most, for all objects of the page that the object is on.
        """
        owned = _Owned(source=self, owner=owner, order=order)

        def read(root: Any, info: Info, arguments: ListArguments) -> tuple[Listed[T], list[str]]:
            mine, batch = getattr(root, key), root.batch
            _, faults = batch.once(owned.query, arguments)
            listed = Listed(
                arguments,
                self.fields,
                page=lambda: batch.once(owned.pages, batch, arguments)[mine],
                total=lambda _: batch.once(owned.totals, batch, arguments)[mine],
            )
            return listed, faults

        return _list_field(read)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Owned(Generic[T]):
    source: Source[T]
    owner: str
    order: Order

    def query(self, arguments: ListArguments) -> tuple[ListQuery, list[str]]:
        """Return what is asked for, and what is wrong with it."""
        return arguments.list_query(self.source.fields, self.order)

    def pages(self, batch: Batch[UUID], arguments: ListArguments) -> Mapping[UUID, list[T]]:
        """Return the page of each."""
        query, _ = batch.once(self.query, arguments)
        number = Window(RowNumber(), partition_by=F(self.owner), order_by=list(query.order))
        numbered = self.source.rows(self._rows(batch, query)).annotate(owner_key=F(self.owner), row_number=number)
        rows = numbered.filter(row_number__gt=query.start, row_number__lte=query.end).order_by("row_number")
        pages: dict[UUID, list[T]] = defaultdict(list)
        for row, made in self.source.objects(rows, batch.budget):
            pages[row["owner_key"]].append(made)
        return pages

    def totals(self, batch: Batch[UUID], arguments: ListArguments) -> Mapping[UUID, int]:
        """Return how many each has."""
        query, _ = batch.once(self.query, arguments)
        counted = self._rows(batch, query).order_by().values_list(self.owner).annotate(Count("pk"))
        return defaultdict(int, counted)

    def _rows(self, batch: Batch[UUID], query: ListQuery) -> QuerySet[Any]:
        return self.source.everything.filter(query.condition, **{f"{self.owner}__in": batch.keys})


def _list_field(read: Callable[[Any, Info, ListArguments], tuple[Listed[Any], list[str]]]) -> Any:
    def resolve(  # noqa: PLR0913, PLR0917  the arguments of every list
        root: Any,
        info: Info,
        filter_by: list[GraphqlFilter] | None = None,
        sort_by: list[GraphqlSort] | None = None,
        first: int = DEFAULT_FIRST,
        after: int = 0,
        query: str | None = None,
    ) -> Connection[Any]:
        listed, faults = read(root, info, ListArguments.read(filter_by, sort_by, first, after, query))
        for fault in faults:
            info.context.report(info.path.as_list(), fault)
        return Connection(listed=listed)

    return strawberry.field(resolver=resolve)
