"""The exceptions of the language: those a step may raise to say more, and those of a wrong definition."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json
from pydantic_forms.exceptions import show_ex


class WorkflowDefinitionError(ValueError):
    """A workflow module is wrong; raised while it is imported, so that the start stops."""


class MissingStateKeyError(KeyError):
    """A step function names a key that the state does not have."""

    def __init__(self, key: str, function: str) -> None:
        super().__init__(key)
        self.key = key
        self.function = function

    def __str__(self) -> str:
        return f"Could not find key '{self.key}' in the state, which {self.function}() needs"


class ProcessFailureError(Exception):
    """A step failed for a known reason; ``details`` (any JSON value) is kept with the step."""

    def __init__(self, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InconsistentDataError(ProcessFailureError):
    """Two systems disagree; a task that raises it ends ``inconsistent_data``."""


class ApiException(Exception):  # noqa: N818  the name decides the status, as in the modules written for it
    """Another system answered with an error; a task that raises it ends ``api_unavailable``."""

    def __init__(
        self, status: int | None = None, reason: str | None = None, body: Any = None, headers: Any = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.body = body
        self.headers = headers


def error_state(error: BaseException) -> dict[str, Any]:
    """Return what the failed step keeps in place of a state (``docs/rest.md``, section 3)."""
    state: dict[str, Any] = {"class": type(error).__name__, "error": str(error)}
    match error:
        case ProcessFailureError():
            state["details"] = error.details
        case ApiException():
            state |= {"status_code": error.status, "body": error.body, "headers": error.headers}
        case _:
            pass
    return dict(from_json(to_json(state, fallback=_plain, inf_nan_mode="strings")))


def _plain(value: Any) -> Any:
    # Headers often come in a mapping of the client's own, whose keys say what is secret.
    return dict(value) if isinstance(value, Mapping) else str(value)


def error_traceback(error: BaseException) -> str:
    """Return class, message and traceback as one text."""
    return show_ex(error) if isinstance(error, Exception) else f"{type(error).__name__}: {error}"
