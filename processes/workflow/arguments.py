"""Call an author's function with the state keys that its parameters name."""

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

from processes.workflow.errors import MissingStateKeyError, WorkflowDefinitionError
from processes.workflow.idempotency import virtual_keys
from processes.workflow.state import State

WHOLE_STATE = "state"


class Arguments:
    """Picks the arguments of one function out of a state.

    A parameter named ``state`` gets the whole state; any other the value of its key, read back as the annotated type
    if that is one which the state stores as JSON (UUID, date, enum, dataclass, pydantic model). A default, or an
    annotation that allows None, makes the key optional.

    Raises:
        WorkflowDefinitionError: the function takes ``*args``, ``**kwargs`` or positional-only parameters.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._parameters = inspect.signature(function).parameters
        for parameter in self._parameters.values():
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise WorkflowDefinitionError(
                    f"{function.__qualname__}() cannot be a step: its parameter {parameter} names no state key"
                )

    def pick(self, state: State) -> dict[str, Any]:
        """Return the keyword arguments for a call.

        Raises:
            MissingStateKeyError: a key is absent that is not optional.
            pydantic.ValidationError: a value does not fit its annotation.
        """
        seen = {**state, **virtual_keys()}
        return {name: self._value(parameter, seen) for name, parameter in self._parameters.items()}

    def _value(self, parameter: inspect.Parameter, state: State) -> Any:
        name = parameter.name
        if name == WHOLE_STATE:
            return dict(state)
        if name in state:
            adapter = self._adapters.get(name)
            return state[name] if adapter is None else adapter.validate_python(state[name])
        if parameter.default is not parameter.empty:
            return parameter.default
        if NoneType in get_args(self._hints.get(name)):
            return None
        raise MissingStateKeyError(name, self._function.__name__)

    # Annotations are looked up at the first call: they may name what the module defines further down.

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self._function)

    @cached_property
    def _adapters(self) -> dict[str, TypeAdapter[Any]]:
        return {name: TypeAdapter(hint) for name, hint in self._hints.items() if _is_stored_as_json(hint)}


def _is_stored_as_json(hint: Any) -> bool:
    if get_origin(hint) in (Union, UnionType, list, tuple, set, dict):
        return any(_is_stored_as_json(part) for part in get_args(hint))
    return isinstance(hint, type) and (issubclass(hint, (UUID, date, datetime, Enum, BaseModel)) or is_dataclass(hint))
