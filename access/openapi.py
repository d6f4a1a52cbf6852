"""The operation of access in the OpenAPI document."""

from drf_spectacular.utils import extend_schema_view

from access.principals import MAX_PRINCIPAL_LENGTH, PREFIXES
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.openapi import BOOLEAN, operation

_PRINCIPAL: JsonObject = {
    "type": "string",
    "pattern": f"^({'|'.join(PREFIXES)})[!-~]+$",
    "maxLength": MAX_PRINCIPAL_LENGTH,
}
_DISCONNECTION: JsonObject = {
    "type": "object",
    "required": ["principal"],
    "properties": {"principal": _PRINCIPAL, "block": BOOLEAN},
}

disconnect = extend_schema_view(
    post=operation("disconnect", "Disconnect somebody, and perhaps keep them out", {204: None}, body=_DISCONNECTION)
)
