"""What a failed step keeps of the exception, and the texts of the language's own exceptions."""

import json
import math
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from processes.workflow import ApiException, InconsistentDataError, ProcessFailureError
from processes.workflow.errors import MissingStateKeyError, error_state, error_traceback

ID = UUID("5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        pytest.param(ValueError("disk full"), {"class": "ValueError", "error": "disk full"}, id="plain"),
        pytest.param(ValueError(), {"class": "ValueError", "error": ""}, id="without-text"),
        pytest.param(SystemExit("bye"), {"class": "SystemExit", "error": "bye"}, id="exit"),
        pytest.param(
            ProcessFailureError("node down", {"node": ID}),
            {"class": "ProcessFailureError", "error": "node down", "details": {"node": str(ID)}},
            id="failure-with-details",
        ),
        pytest.param(
            ProcessFailureError("node down"),
            {"class": "ProcessFailureError", "error": "node down", "details": None},
            id="failure-without-details",
        ),
        pytest.param(
            InconsistentDataError("differs", [1, 2]),
            {"class": "InconsistentDataError", "error": "differs", "details": [1, 2]},
            id="inconsistent-data",
        ),
        pytest.param(
            ApiException(503, "Unavailable", {"why": "busy"}, {"Retry-After": "5"}),
            {
                "class": "ApiException",
                "error": "Unavailable",
                "status_code": 503,
                "body": {"why": "busy"},
                "headers": {"Retry-After": "5"},
            },
            id="api",
        ),
        pytest.param(
            ApiException(),
            {"class": "ApiException", "error": "None", "status_code": None, "body": None, "headers": None},
            id="api-without-anything",
        ),
        pytest.param(
            MissingStateKeyError("label", "reserve"),
            {
                "class": "MissingStateKeyError",
                "error": "Could not find key 'label' in the state, which reserve() needs",
            },
            id="missing-key",
        ),
    ],
)
def test_a_failed_step_keeps_class_text_and_what_the_exception_adds(error: BaseException, state: Any) -> None:
    assert error_state(error) == state


@pytest.mark.parametrize(
    ("details", "kept"),
    [(math.nan, "NaN"), (math.inf, "Infinity"), (ValueError, str(ValueError))],
    ids=["nan", "infinity", "class"],
)
def test_details_without_json_form_become_text(details: Any, kept: Any) -> None:
    state = error_state(ProcessFailureError("no", {"value": details}))
    assert json.loads(json.dumps(state, allow_nan=False))["details"] == {"value": kept}


def test_a_subclass_keeps_its_own_name() -> None:
    class NodeDownError(ApiException): ...

    assert error_state(NodeDownError(500))["class"] == "NodeDownError"


def test_the_exceptions_keep_what_they_were_given() -> None:
    failure, api = ProcessFailureError("node down", 7), ApiException(503, "Unavailable", "body", {"a": "b"})
    missing = MissingStateKeyError("label", "reserve")
    assert (failure.message, failure.details, str(failure)) == ("node down", 7, "node down")
    assert (api.status, api.reason, api.body, api.headers) == (503, "Unavailable", "body", {"a": "b"})
    assert (missing.key, missing.function, isinstance(missing, KeyError)) == ("label", "reserve", True)


def raised(raise_it: Callable[[], Any]) -> BaseException:
    try:
        raise_it()
    except (Exception, SystemExit) as error:
        return error
    pytest.fail("nothing was raised")


def test_the_traceback_starts_with_class_and_text_and_names_the_function_that_raised() -> None:
    def configure_nodes() -> None:
        raise ValueError("disk full")

    text = error_traceback(raised(configure_nodes))
    assert text.startswith("ValueError: disk full\n")
    assert "in configure_nodes" in text


def test_an_exit_is_told_in_one_line() -> None:
    def leave() -> None:
        raise SystemExit(3)

    assert error_traceback(raised(leave)) == "SystemExit: 3"
