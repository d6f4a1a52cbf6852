"""Django's registration of the audit log."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Listens to who signs in to admin."""

    name = "audit"
    verbose_name = "audit log"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

        from audit import sign_ins

        user_logged_in.connect(sign_ins.note_login, dispatch_uid="audit.login")
        user_logged_out.connect(sign_ins.note_logout, dispatch_uid="audit.logout")
        user_login_failed.connect(sign_ins.note_failed_login, dispatch_uid="audit.failed_login")
