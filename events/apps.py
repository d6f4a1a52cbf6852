"""Django's registration of the event path."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Registers the system checks; threads and loops start with their first use, never at import."""

    name = "events"

    def ready(self) -> None:
        from events import checks  # noqa: F401  registers the checks
