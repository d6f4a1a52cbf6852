"""Merging into the state: new keys win, values become what their JSON is, nothing is changed in place."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError

from processes.workflow import Target
from processes.workflow.state import merge

ID = UUID("5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01")


@dataclass
class Port:
    number: int
    device: UUID


class Path(BaseModel):
    label: str
    ends: list[UUID]


def test_keys_of_the_update_win_and_the_others_stay() -> None:
    assert merge({"a": 1, "b": 1}, {"b": 2, "c": 2}) == {"a": 1, "b": 2, "c": 2}


def test_neither_argument_is_changed() -> None:
    state, update = {"a": 1}, {"id": ID}
    merge(state, update)
    assert (state, update) == ({"a": 1}, {"id": ID})


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        pytest.param(ID, str(ID), id="UUID"),
        pytest.param(date(2026, 3, 2), "2026-03-02", id="date"),
        pytest.param(datetime(2026, 3, 2, 9, 15, tzinfo=UTC), "2026-03-02T09:15:00Z", id="datetime"),
        pytest.param(Target.CREATE, "CREATE", id="enum"),
        pytest.param(Port(1, ID), {"number": 1, "device": str(ID)}, id="dataclass"),
        pytest.param(Path(label="x", ends=[ID]), {"label": "x", "ends": [str(ID)]}, id="model"),
        pytest.param((1, ID), [1, str(ID)], id="tuple"),
        pytest.param({ID: {"deep": Port(1, ID)}}, {str(ID): {"deep": {"number": 1, "device": str(ID)}}}, id="nested"),
        pytest.param({1: "one"}, {"1": "one"}, id="number-as-key"),
        pytest.param("København", "København", id="text"),
        pytest.param(None, None, id="null"),
    ],
)
def test_values_are_stored_as_their_json(value: Any, stored: Any) -> None:
    assert merge({}, {"key": value}) == {"key": stored}


def test_a_merged_update_survives_json_unchanged() -> None:
    merged = merge({}, {"id": ID, "port": Port(1, ID), "pair": (1, 2.5), "none": None})
    assert json.loads(json.dumps(merged)) == merged


def test_a_value_without_json_form_is_refused() -> None:
    with pytest.raises(PydanticSerializationError, match="object"):
        merge({}, {"key": object()})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf], ids=str)
def test_a_number_without_json_form_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        merge({}, {"key": number})


def test_a_value_that_contains_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular"):
        merge({}, {"key": circle})
