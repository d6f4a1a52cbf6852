"""What a caller may do: four roles. Each includes the first, and the last includes all."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What an identity provider, or Django's permissions, grant."""

    VIEW = "view"
    """Look at everything, and listen to the websocket channels."""
    OPERATE = "operate"
    """Start, resume, abort, delete and annotate processes, and set subscriptions in sync."""
    ENGINE = "engine"
    """Lock and unlock the engine."""
    ADMIN = "admin"
    """Everything, and decide who is disconnected."""


def with_implied(roles: Iterable[Role]) -> frozenset[Role]:
    """Return the roles together with those that they include."""
    granted = frozenset(roles)
    if Role.ADMIN in granted:
        return frozenset(Role)
    return granted | {Role.VIEW} if granted else granted
