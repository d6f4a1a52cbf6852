"""System checks for known misconfigurations of the event path."""

from typing import Any

from django.conf import settings as django_settings
from django.core import checks


@checks.register
def check_authentication(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn (``events.W001``) when authentication is on, because no token can be valid."""
    if not django_settings.OAUTH2_ACTIVE:
        return []
    return [
        checks.Warning(
            "OAUTH2_ACTIVE is on, but no identity provider is configured: every client is refused.",
            hint="Set OAUTH2_ACTIVE=false to let everyone in, on a network where that is right.",
            id="events.W001",
        )
    ]
