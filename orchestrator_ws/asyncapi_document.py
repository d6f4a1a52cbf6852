"""The AsyncAPI document of the websocket channels, which ``manage.py asyncapi`` prints."""

from django.conf import settings as django_settings
from pydantic.json_schema import models_json_schema

from events.asyncapi import EXAMPLE_ID, Message, describe, object_schema
from events.groups import Channel
from events.messages import engine_status_frame, process_frame
from orchestrator_ws.contracts import JsonObject
from processes.asyncapi import ChannelProcess, example_process
from settings.engine_status import EngineStatus
from settings.openapi import EngineStatusObject

_SCHEMAS = "#/components/schemas/"

_STATUSES = (
    EngineStatus(global_lock=False, running_processes=0),
    EngineStatus(global_lock=True, running_processes=1),
)

_DATA = {
    Channel.ENGINE_SETTINGS: [
        Message(
            name="engineStatus",
            summary="The engine's status.",
            payload=object_schema({"engine-status": {"$ref": _SCHEMAS + EngineStatusObject.__name__}}),
            examples=[engine_status_frame(status.body()).text for status in _STATUSES],
        )
    ],
    Channel.PROCESSES: [
        Message(
            name="process",
            summary="A step was logged; the whole process.",
            payload=object_schema({"process": {"$ref": _SCHEMAS + ChannelProcess.__name__}}),
            examples=[process_frame(EXAMPLE_ID, example_process(EXAMPLE_ID)).text],
        )
    ],
}


def make_document() -> JsonObject:
    """Return the document, of AsyncAPI 3.0."""
    described = describe(_DATA)
    _, schemas = models_json_schema(
        [(EngineStatusObject, "serialization"), (ChannelProcess, "serialization")], ref_template=_SCHEMAS + "{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{django_settings.SPECTACULAR_SETTINGS['TITLE']}: websocket channels",
            "version": django_settings.SPECTACULAR_SETTINGS["VERSION"],
            "description": "Any other text that a client sends, and every binary frame, is ignored.",
        },
        "servers": {
            "production": _server("wss", "orchestrator.example.org", "Behind a proxy that ends TLS."),
            "development": _server("ws", "127.0.0.1:8000", "As `make run` starts it."),
        },
        "defaultContentType": "application/json",
        **described,
        "components": {"schemas": schemas["$defs"], **described["components"]},
    }


def _server(protocol: str, host: str, about: str) -> JsonObject:
    return {"host": "{host}", "protocol": protocol, "description": about, "variables": {"host": {"default": host}}}
