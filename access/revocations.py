"""Who is let in no more, though a token or session says otherwise: asked of the database, or of a copy in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from access.callers import Caller
from access.models import Revocation


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
        return principal in self.blocked or issued_at is None or issued_at < revoked_at


def read_revocations() -> Revocations:
    """Read all of them; one query."""
    rows = list(Revocation.objects.values_list("principal", "revoked_at", "is_blocked"))
    return Revocations(
        {principal: revoked_at for principal, revoked_at, _ in rows},
        frozenset(principal for principal, _, is_blocked in rows if is_blocked),
    )


def is_revoked(caller: Caller) -> bool:
    """Return whether what the caller was granted counts no more; one query by the index, none for nobody."""
    if not caller.principals:
        return False
    rows = Revocation.objects.filter(principal__in=caller.principals)
    if caller.issued_at is not None:
        rows = rows.filter(Q(is_blocked=True) | Q(revoked_at__gt=caller.issued_at))
    return rows.exists()
