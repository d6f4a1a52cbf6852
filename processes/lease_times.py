"""How long leases last, and how often they are renewed and looked for; all follow from ``LEASE_SECONDS``.

``LEASE_SECONDS`` is what an operator is promised: a process whose runner is killed at any instant goes on at most so
much later. A runner killed right after a renewal leaves a lease of 3/4 of it behind, and the next look comes at most
1/8 later, which leaves 1/8 for the look itself and the way to a runner. A process that no runner ever held is taken
at the second look that finds it, so after 1/4. Renewing every 1/4 lets a lease outlive two renewals that fail.
"""

from datetime import timedelta

from django.conf import settings as django_settings
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now


def expiry() -> CombinedExpression:
    """Return when a lease ends that is taken or renewed now, by the database's clock, which is one for all hosts."""
    return Now() + timedelta(seconds=_lease_seconds() * 3 / 4)


def renewal_seconds() -> float:
    """Return the pause between two renewals."""
    return _lease_seconds() / 4


def look_seconds() -> float:
    """Return the pause between two looks for leases that ended."""
    return _lease_seconds() / 8


def repeat_seconds() -> float:
    """Return how long a host waits for what it submitted before it submits that again."""
    return _lease_seconds()


def _lease_seconds() -> float:
    return django_settings.ENVIRONMENT.lease_seconds
