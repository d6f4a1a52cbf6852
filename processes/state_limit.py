"""How much the state of a process may hold."""

from django.conf import settings as django_settings
from pydantic_core import to_json

from processes.errors import StateTooLargeError
from processes.workflow.state import State


def require_small(state: State) -> None:
    """Let pass a state that has at most ``MAX_STATE_BYTES`` as JSON in UTF-8; some ten microseconds for a usual one.

    Asked of what is new only: a process must end also where the limit was lowered after it had got its state.

    Raises:
        StateTooLargeError: it has more.
    """
    size, limit = len(to_json(state)), django_settings.ENVIRONMENT.max_state_bytes
    if size > limit:
        raise StateTooLargeError(size, limit)
