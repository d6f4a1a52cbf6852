"""The operations of the engine's settings in the OpenAPI document."""

from typing import Literal

from drf_spectacular.utils import extend_schema_view
from pydantic import RootModel

from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.openapi import BOOLEAN, Body, Null, operation, path_parameter


class EngineStatusObject(Body):
    """Whether the engine is locked, and what runs."""

    global_lock: bool
    global_status: Literal["RUNNING", "PAUSING", "PAUSED"]
    running_processes: int


class CacheNames(RootModel[dict[str, str]]):
    """The caches that can be flushed, each with its label."""


class FlushedKeys(RootModel[int]):
    """How many keys were removed."""


class Variable(Body):
    """A variable of the environment, as the server reads it."""

    env_name: str
    env_value: bool | int | float | str | list[str] | None


class SettingsGroup(Body):
    """Settings that belong together."""

    name: str
    variables: list[Variable]


class SettingsGroups(RootModel[list[SettingsGroup]]):
    """The settings that anybody may see."""


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
cache_names = extend_schema_view(
    get=operation("list_caches", "What caches can be flushed", {200: CacheNames}),
)
cache = extend_schema_view(
    delete=operation(
        "flush_cache",
        "Flush a cache",
        {200: FlushedKeys},
        refused=[400],
        parameters=[path_parameter("The name of the cache.", {"type": "string"}, name="name")],
    )
)
search_index = extend_schema_view(post=operation("reset_search_index", "Make the search index anew", {200: Null}))
overview = extend_schema_view(get=operation("list_settings", "The settings of this server", {200: SettingsGroups}))
