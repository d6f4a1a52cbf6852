"""The one operation of GraphQL in the OpenAPI document; its schema says the rest."""

from typing import Any

from drf_spectacular.utils import extend_schema_view
from pydantic import BaseModel

from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.openapi import OBJECT, Body, operation


class GraphqlExtensions(BaseModel):
    """What a client does about an error."""

    error_type: str


class GraphqlError(BaseModel):
    """What is wrong, and where it stands."""

    message: str
    extensions: GraphqlExtensions


class GraphqlAnswer(BaseModel):
    """The data, null if there is none; ``errors`` only if something is wrong."""

    data: dict[str, Any] | None


class GraphqlRefusal(Body):
    """Why the request was not executed."""

    data: None
    errors: list[GraphqlError]


_TEXT: JsonObject = {"type": "string"}
_REQUEST: JsonObject = {
    "type": "object",
    "required": ["query"],
    "properties": {
        "query": _TEXT | {"minLength": 1},
        "variables": {"anyOf": [OBJECT, {"type": "null"}]},
        "operationName": {"anyOf": [_TEXT, {"type": "null"}]},
    },
}

graphql = extend_schema_view(
    post=operation(
        "query_graphql",
        "Ask by GraphQL",
        {200: GraphqlAnswer} | dict.fromkeys((401, 403, 413, 422, 503), GraphqlRefusal),
        body=_REQUEST,
    )
)
