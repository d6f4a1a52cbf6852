"""The audit log in Django admin: to look at, and nothing else."""

from django.contrib import admin
from django.http import HttpRequest

from audit.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin[AuditEntry]):
    """The list of entries, the newest first."""

    list_display = ["at", "actor", "identity", "reporter", "action", "kind", "object_id", "way", "address"]
    list_filter = ["action", "way", "kind", "actor"]
    search_fields = ["actor", "identity", "reporter", "object_id", "address"]
    date_hierarchy = "at"
    ordering = ["-id"]
    list_display_links = ["at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: operations write it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Refuse, as the database would."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Refuse, as the database would."""
        return False
