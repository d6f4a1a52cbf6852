"""The operations of the search by conditions in the OpenAPI document."""

from typing import Literal
from uuid import UUID

from drf_spectacular.utils import extend_schema_view

from orchestrator_ws.openapi import Body, Nothing, operation
from subscriptions.search_body import Search


class FoundEntity(Body):
    """A subscription, with the fields that were asked for; what does not apply has always the same value."""

    entity_id: UUID
    entity_type: Literal["SUBSCRIPTION"]
    entity_title: str
    score: float
    perfect_match: int
    matching_fields: None
    response_columns: dict[str, str | bool | int | None]


class SearchPage(Body):
    """Whether more were found than are answered; there is no way to them but a higher limit."""

    has_next_page: bool
    next_page_cursor: None


class SearchMetadata(Body):
    """How was searched."""

    search_type: Literal["structured"]
    description: str


class SearchCursor(Body):
    """How many were found, and the numbers of the first and the last that are answered, from 0."""

    total_items: int
    start_cursor: int | None
    end_cursor: int


class FoundEntities(Body):
    """The first subscriptions that fulfil the conditions."""

    data: list[FoundEntity]
    page_info: SearchPage
    search_metadata: SearchMetadata
    cursor: SearchCursor


structured_search = extend_schema_view(
    post=operation(
        "search_by_conditions",
        "Subscriptions that fulfil conditions",
        {200: FoundEntities},
        refused=[400],
        body=Search,
    )
)
definitions = extend_schema_view(get=operation("list_search_definitions", "What pages may search for", {200: Nothing}))
