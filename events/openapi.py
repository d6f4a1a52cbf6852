"""The operations of the event path in the OpenAPI document."""

from typing import Literal

from drf_spectacular.utils import extend_schema, extend_schema_view
from pydantic import RootModel

from orchestrator_ws.openapi import Body, Problem


class Degraded(Body):
    """Changes arrive by the change log, later than they could."""

    status: Literal["degraded"]
    reasons: list[str]


class Health(RootModel[Literal["OK"] | Degraded]):
    """How the server is."""


health = extend_schema_view(
    get=extend_schema(
        operation_id="read_health",
        summary="Whether the server is well",
        responses={200: Health, 500: Problem},
    )
)


class Live(RootModel[Literal["OK"]]):
    """The server answers."""


live = extend_schema_view(
    get=extend_schema(operation_id="read_live", summary="Whether the server answers at all", responses={200: Live})
)
