"""Whoever was let in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from access.principals import SESSION
from access.roles import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """A person or a program that was let in; authorizers of workflows get it too."""

    name: str | None = None
    """What people call it; None while authentication is off."""
    roles: frozenset[Role] = frozenset(Role)
    """What it may do, implied roles included; everything while authentication is off."""
    principals: frozenset[str] = frozenset()
    """What a revocation can name: ``subject:<sub>`` of a token, ``user:<id>`` and ``session:<hash>`` of Django."""
    issued_at: datetime | None = None
    """When its session began or its token was issued, by our clock and at the earliest; None without authentication."""
    expires_at: datetime | None = None
    """When its token or session ends; None for never."""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """The claims of its token, empty for a session."""
    session_key: str | None = field(default=None, repr=False)
    """By which the session of a websocket is read again, None for any other caller; as good as a password."""

    @property
    def is_authenticated(self) -> bool:
        """Always: callers who are not let in never become one (Django asks any user object for this)."""
        return True

    @property
    def identity(self) -> str | None:
        """The principal that is the same in all its sessions; None while authentication is off."""
        return min((name for name in self.principals if not name.startswith(SESSION)), default=None)

    def may(self, role: Role) -> bool:
        """Return whether it has the role."""
        return role in self.roles


MAX_NAME_LENGTH = 100
"""Characters of a name; ``created_by`` has room for no more."""


def display_name(value: Any) -> str | None:
    """Return the value as a name that every part can hold, cut if it is long; None if it is none."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return None
    return value.strip()[:MAX_NAME_LENGTH]
