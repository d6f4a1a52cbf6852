"""The engine in Django admin: its status, and the button that pauses and starts it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from settings.models import EngineSettings
from settings.operations import set_global_lock
from settings.queries import find_lock_entry, get_engine_status


@admin.register(EngineSettings)
class EngineSettingsAdmin(admin.ModelAdmin[EngineSettings]):
    """One page instead of a list: there is one engine. Changes go through the operation, so browsers hear of them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the only row comes with the migration."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: EngineSettings | None = None) -> bool:
        """Refuse: the only row stays."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Offer the status page and the address of its button."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="engine_settings_enginesettings_changelist"),
            path("lock/", view(self.lock_view), name="engine_settings_lock"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the status."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "title": "Engine status",
            "opts": self.opts,
            "status": get_engine_status(),
            "lock_entry": find_lock_entry(),
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/engine_settings/enginesettings/status.html", context)

    def lock_view(self, request: HttpRequest) -> HttpResponse:
        """Pause the engine (``locked=true``) or start it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        status = set_global_lock(request.POST.get("locked") == "true")
        messages.success(request, f"The engine is {status.global_status.lower()}.")
        return HttpResponseRedirect(reverse("admin:engine_settings_enginesettings_changelist"))
