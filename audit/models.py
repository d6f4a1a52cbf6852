"""The rows of the audit log."""

from django.db import models
from django.db.models.functions import Now

from audit.actions import Action, Kind, Way


class AuditEntry(models.Model):
    """One thing that somebody did. ``audit.recording`` adds it, ``audit.retention`` lets it go; nothing changes it.

    Triggers of the database refuse every UPDATE, every DELETE before ``keep_until``, and on PostgreSQL TRUNCATE. On
    SQLite a migration that alters this table makes it anew, and must create the triggers again.
    """

    id = models.BigAutoField(primary_key=True)
    # Both by the clock of the database.
    at = models.DateTimeField(db_default=Now(), db_index=True)
    keep_until = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=255)
    # What stays the same of the actor, whatever name it has chosen (``audit.origins.Actor``).
    identity = models.CharField(max_length=255, blank=True, db_default="")
    # Who was named as the doer, where that is not the actor.
    reporter = models.CharField(max_length=255, blank=True)
    action = models.CharField(max_length=32, choices=[(action.value, action.value) for action in Action])
    kind = models.CharField(max_length=32, choices=[(kind.value, kind.value) for kind in Kind])
    object_id = models.CharField(max_length=255, blank=True, db_index=True)
    detail = models.JSONField(default=dict)
    address = models.CharField(max_length=64, blank=True)
    way = models.CharField(max_length=16, choices=[(way.value, way.value) for way in Way])

    class Meta:
        verbose_name_plural = "audit entries"
        default_permissions = ("view",)
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.object_id}".rstrip()
