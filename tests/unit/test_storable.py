"""Values that every database, answer and frame can hold."""

import pytest

from orchestrator_ws.storable import MAX_DEPTH, require_storable


def nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [None, True, 1, 10**400, 1.5, "", "é 漢 🎉", "\\u0000", [], {}, {"a": [1, {"b": None}]}, nested(MAX_DEPTH)],
    ids=lambda value: repr(value)[:20],
)
def test_json_passes(value: object) -> None:
    require_storable(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a\0b", "NUL"),
        ({"a\0b": 1}, "NUL"),
        ({"a": ["\0"]}, "NUL"),
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
        (float("nan"), "no JSON number"),
        ([{"a": float("-inf")}], "no JSON number"),
        (nested(MAX_DEPTH + 1), "deeper than 100"),
        (nested(100_000), "deeper than 100"),
    ],
    ids=lambda value: repr(value)[:20] if isinstance(value, str | float | dict) else "nested",
)
def test_what_some_part_could_not_hold_is_refused_with_the_reason(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        require_storable(value)
