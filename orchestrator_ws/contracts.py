"""The shapes in which one app hands data to another that may not import it."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypedDict
from uuid import UUID

JsonObject: TypeAlias = dict[str, Any]

Row: TypeAlias = dict[str, Any]
"""Values of a database row and of those that it names, by column: ``note``, ``product__name``."""

DataSource: TypeAlias = Callable[[UUID | None], JsonObject | None]
"""Reads, in the calling thread, the object that a data-carrying channel sends; None when it no longer exists."""


class EngineStatusBody(TypedDict):
    """The engine's status on the wire: REST contract section 6, ``docs/messages.md``, section 5."""

    global_lock: bool
    global_status: str
    running_processes: int
