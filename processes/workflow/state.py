"""The state of a process: the JSON object that is handed from step to step."""

import json
from typing import Any, TypeAlias

from pydantic_core import to_jsonable_python

State: TypeAlias = dict[str, Any]


def merge(state: State, update: State) -> State:
    """Return a new state with the update's keys, everything in it stored as JSON would be.

    UUIDs, dates, enums, dataclasses and pydantic models become what their JSON is, so that a step sees the same
    values whether the step before it ran just now or before a restart.

    Raises:
        ValueError: a value has no JSON form, as NaN and most objects have none.
    """
    stored = to_jsonable_python(update)
    json.dumps(stored, allow_nan=False)
    return {**state, **stored}
