"""The state of a process: the JSON object that is handed from step to step."""

from typing import Any, TypeAlias

from pydantic_core import to_jsonable_python

from orchestrator_ws.storable import require_storable

State: TypeAlias = dict[str, Any]


def stored(value: State) -> State:
    """Return the value as JSON would keep it.

    UUIDs, dates, enums, dataclasses and pydantic models become what their JSON is, so that a step sees the same
    values whether the step before it ran just now or before a restart.

    Raises:
        ValueError: a value has no JSON form, or one that cannot be stored (``orchestrator_ws.storable``).
    """
    value = to_jsonable_python(value)
    require_storable(value)
    return value


def merge(state: State, update: State) -> State:
    """Return a new state with the update's keys, everything in it as ``stored`` makes it.

    Raises:
        ValueError: see ``stored``.
    """
    return {**state, **stored(update)}
