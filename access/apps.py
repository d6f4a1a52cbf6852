"""Access: who a caller is, and what it may do."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The app of authentication and authorization; sessions say when they began."""

    name = "access"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from access.endings import connect_signals
        from access.sessions import note_login

        user_logged_in.connect(note_login, dispatch_uid="access.sessions")
        connect_signals()
