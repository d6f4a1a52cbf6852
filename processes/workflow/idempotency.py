"""The idempotency key: what a step can hand to another system, so that running twice has the effect of running once."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import NAMESPACE_OID, uuid5

KEY = "idempotency_key"
"""The name under which a step function asks for it; it is never stored."""

_current: ContextVar[str] = ContextVar(KEY)


def idempotency_key(process_id: str, position: int, *names: str) -> str:
    """Return the key of one step of one process: equal whenever that step runs again, different for every other."""
    return str(uuid5(NAMESPACE_OID, "\n".join((process_id, str(position), *names))))


@contextmanager
def using(key: str) -> Iterator[None]:
    """Let the step that runs inside the block have this key. Per thread."""
    token = _current.set(key)
    try:
        yield
    finally:
        _current.reset(token)


def virtual_keys() -> dict[str, str]:
    """Return what a running step sees beside its state; nothing outside of a step."""
    key = _current.get(None)
    return {} if key is None else {KEY: key}
