"""The operations of the engine's settings in the OpenAPI document."""

from typing import Literal

from drf_spectacular.utils import extend_schema_view

from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.openapi import BOOLEAN, Body, operation


class EngineStatusObject(Body):
    """Whether the engine is locked, and what runs."""

    global_lock: bool
    global_status: Literal["RUNNING", "PAUSING", "PAUSED"]
    running_processes: int


_CHANGE: JsonObject = {
    "type": "object",
    "required": ["global_lock"],
    "properties": {"global_lock": BOOLEAN},
}

engine_status = extend_schema_view(
    get=operation("read_engine_status", "The engine's status", {200: EngineStatusObject}),
    put=operation(
        "lock_engine", "Lock or unlock the engine", {200: EngineStatusObject}, refused=[422, 500], body=_CHANGE
    ),
)
