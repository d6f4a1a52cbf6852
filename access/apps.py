"""Access: who a caller is, and what it may do."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The app of authentication and authorization."""

    name = "access"
