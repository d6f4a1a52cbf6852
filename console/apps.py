"""The console as a Django application."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Pages for people; nothing imports it."""

    name = "console"
