"""Who is let in no more, though a token or session says otherwise: asked of the database, or of a copy in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from access.callers import Caller
from access.models import Revocation
from access.principals import SESSION


@dataclass(frozen=True, slots=True)
class Revocations:
    """All revocations at one moment."""

    revoked_at: Mapping[str, datetime] = field(default_factory=dict)
    """By principal."""
    blocked: frozenset[str] = frozenset()
    """The principals that stay out whatever they are granted later."""

    def concern(self, caller: Caller) -> bool:
        """Return whether what the caller was granted counts no more; no I/O."""
        return any(self._concerns(principal, caller.issued_at) for principal in caller.principals)

    def _concerns(self, principal: str, issued_at: datetime | None) -> bool:
        revoked_at = self.revoked_at.get(principal)
        if revoked_at is None:
            return False
        # A session has one beginning: what is granted to it later, by a coarse clock, is what was granted before.
        is_session = principal.startswith(SESSION)
        return is_session or principal in self.blocked or issued_at is None or issued_at < revoked_at


def read_revocations() -> Revocations:
    """Read all of them; one query."""
    return _read(Revocation.objects.all())


def is_revoked(caller: Caller) -> bool:
    """Return whether what the caller was granted counts no more; one query by the index, none for nobody."""
    if not caller.principals:
        return False
    return _read(Revocation.objects.filter(principal__in=caller.principals)).concern(caller)


def is_blocked(principal: str) -> bool:
    """Return whether nothing counts that the principal is granted, now or later; one query by the index."""
    return Revocation.objects.filter(principal=principal, is_blocked=True).exists()


def _read(those: QuerySet[Revocation]) -> Revocations:
    rows = list(those.values_list("principal", "revoked_at", "is_blocked"))
    return Revocations(
        {principal: revoked_at for principal, revoked_at, _ in rows},
        frozenset(principal for principal, _, is_blocked in rows if is_blocked),
    )
