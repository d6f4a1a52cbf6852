"""The operations of access in the OpenAPI document."""

from drf_spectacular.utils import extend_schema_view

from access.principals import MAX_PRINCIPAL_LENGTH, PREFIXES
from access.serializers import PageMessage
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.openapi import BOOLEAN, OBJECT, Nothing, operation, path_parameter

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
page_error = extend_schema_view(
    post=operation("report_page_error", "Log what went wrong in a page", {200: Nothing}, body=OBJECT)
)
page_message = extend_schema_view(
    post=operation(
        "log_page_message",
        "Log what a page tells",
        {200: Nothing},
        parameters=[path_parameter("On whose behalf, as the page says.", {"type": "string"}, name="user_name")],
        body=PageMessage,
    )
)
