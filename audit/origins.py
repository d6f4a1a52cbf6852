"""On whose behalf the code at hand runs: a request's, a command's, or nobody's, which is not audited."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from audit.actions import Way

SYSTEM = "SYSTEM"
"""The name of the actor where nobody is authenticated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who is authenticated; as it stands, nobody."""

    name: str = SYSTEM
    """What people call it, and it may have chosen itself."""
    identity: str = ""
    """What nobody chooses nor shares: ``subject:<sub>`` of tokens, ``user:<id>`` of Django, whatever the session."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Who acts, from where, and by what way."""

    way: Way
    address: str = ""
    """The address of the client as the server program tells it; empty where there is no client."""
    read_actor: Callable[[], Actor] = Actor
    """Returns who is authenticated; read late, for REST authenticates inside of the view."""


_current: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)


def current_origin() -> Origin | None:
    """Return who acts here; None for what runs without a person: steps, maintenance. Any thread or loop."""
    return _current.get()


@contextmanager
def acting(origin: Origin | None) -> Iterator[None]:
    """Let the block run on behalf of the origin, of nobody for None.

    A view in a thread belongs to its request, whose context Django hands over; threads of an executor begin with
    nobody.
    """
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)
