"""Django's registration of the event path."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """The app of the event path; its threads and loops start with their first use, never at import."""

    name = "events"
