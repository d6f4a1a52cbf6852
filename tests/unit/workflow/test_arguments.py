"""Arguments: which state keys a function gets, in which type, and which of them it may do without."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Optional
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from processes.workflow import State, Target
from processes.workflow.arguments import Arguments
from processes.workflow.errors import MissingStateKeyError, WorkflowDefinitionError
from processes.workflow.state import merge

ID = UUID("5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01")


@dataclass
class Port:
    number: int
    device: UUID


class Path(BaseModel):
    label: str
    ends: list[UUID]


def test_a_parameter_gets_the_value_of_its_key() -> None:
    def function(label: str, gbit: int) -> None: ...

    assert Arguments(function).pick({"label": "x", "gbit": 1, "other": 2}) == {"label": "x", "gbit": 1}


def test_a_keyword_only_parameter_gets_the_value_of_its_key() -> None:
    def function(*, label: str) -> None: ...

    assert Arguments(function).pick({"label": "x"}) == {"label": "x"}


def test_a_function_without_parameters_gets_nothing() -> None:
    def function() -> None: ...

    assert Arguments(function).pick({"label": "x"}) == {}


def test_a_parameter_without_annotation_gets_the_value_as_it_is() -> None:
    assert Arguments(lambda label: None).pick({"label": "x"}) == {"label": "x"}


def test_the_parameter_state_gets_the_whole_state() -> None:
    def function(state: State, label: str) -> None: ...

    whole = {"label": "x", "gbit": 1}
    assert Arguments(function).pick(whole) == {"state": whole, "label": "x"}


def test_a_function_that_changes_its_state_does_not_change_the_process() -> None:
    def function(state: State) -> None: ...

    whole = {"label": "x"}
    Arguments(function).pick(whole)["state"].clear()
    assert whole == {"label": "x"}


def test_a_missing_key_is_named_together_with_the_function() -> None:
    def reserve(label: str) -> None: ...

    with pytest.raises(MissingStateKeyError) as caught:
        Arguments(reserve).pick({"other": 1})
    assert str(caught.value) == "Could not find key 'label' in the state, which reserve() needs"


def test_a_default_stands_in_for_a_missing_key() -> None:
    def function(gbit: int = 10) -> None: ...

    assert Arguments(function).pick({}) == {"gbit": 10}


@pytest.mark.parametrize("value", [20, None, 0], ids=["number", "null", "zero"])
def test_a_value_in_the_state_goes_before_the_default(value: int | None) -> None:
    def function(gbit: int | None = 10) -> None: ...

    assert Arguments(function).pick({"gbit": value}) == {"gbit": value}


OLD_SPELLING: Any = Optional[Port]  # noqa: UP045  authors still write it


@pytest.mark.parametrize(
    "hint", [int | None, None | int, UUID | None, OLD_SPELLING, Annotated[int | None, "note"]], ids=str
)
def test_an_annotation_that_allows_none_makes_a_key_optional(hint: Any) -> None:
    def function(key: Any) -> None: ...

    function.__annotations__["key"] = hint
    assert Arguments(function).pick({}) == {"key": None}


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        pytest.param(UUID, ID, id="UUID"),
        pytest.param(date, date(2026, 3, 2), id="date"),
        pytest.param(datetime, datetime(2026, 3, 2, 9, 15, tzinfo=UTC), id="datetime"),
        pytest.param(Target, Target.CREATE, id="enum"),
        pytest.param(Port, Port(1, ID), id="dataclass"),
        pytest.param(Path, Path(label="x", ends=[ID]), id="model"),
        pytest.param(UUID | None, ID, id="UUID-or-None"),
        pytest.param(OLD_SPELLING, Port(1, ID), id="optional-dataclass"),
        pytest.param(Annotated[UUID, "note"], ID, id="annotated"),
        pytest.param(list[UUID], [ID], id="list"),
        pytest.param(tuple[UUID, ...], (ID,), id="tuple"),
        pytest.param(set[UUID], {ID}, id="set"),
        pytest.param(dict[str, list[Port]], {"a": [Port(1, ID)]}, id="nested"),
    ],
)
def test_a_value_comes_back_as_its_annotation_says(hint: Any, value: Any) -> None:
    def function(key: Any) -> None: ...

    function.__annotations__["key"] = hint
    assert Arguments(function).pick(merge({}, {"key": value})) == {"key": value}


@pytest.mark.parametrize("hint", [int, str, float, bool, list[int], dict[str, int], dict, Any], ids=str)
def test_a_plain_annotation_converts_nothing(hint: Any) -> None:
    def function(key: Any) -> None: ...

    function.__annotations__["key"] = hint
    assert Arguments(function).pick({"key": "7"}) == {"key": "7"}


def test_a_value_that_does_not_fit_its_annotation_is_refused() -> None:
    def function(device: UUID) -> None: ...

    with pytest.raises(ValidationError, match="valid UUID"):
        Arguments(function).pick({"device": "no uuid"})


def test_an_annotation_may_name_what_the_module_defines_further_down() -> None:
    def function(later: "DefinedBelow") -> None: ...

    assert Arguments(function).pick({"later": {"number": 1}}) == {"later": DefinedBelow(1)}


@dataclass
class DefinedBelow:
    number: int


def many(*labels: str) -> None: ...
def any_key(**labels: str) -> None: ...
def by_position(label: str, /) -> None: ...


@pytest.mark.parametrize(
    ("function", "shown"),
    [(many, "*labels: str"), (any_key, "**labels: str"), (by_position, "label: str")],
    ids=["args", "kwargs", "positional-only"],
)
def test_a_parameter_that_names_no_state_key_is_refused(function: Callable[..., None], shown: str) -> None:
    with pytest.raises(WorkflowDefinitionError) as caught:
        Arguments(function)
    text = f"{function.__name__}() cannot be a step: its parameter {shown} names no state key"
    assert str(caught.value) == text
