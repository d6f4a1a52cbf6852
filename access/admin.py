"""Access in Django admin: a revocation that is added disconnects, one that is deleted ends a block."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from access.login_page import LimitedLoginForm
from access.models import Revocation
from access.operations import disconnect, forget
from access.principals import require_principal, user_principal

admin.site.login_form = LimitedLoginForm


class RevocationForm(ModelForm[Revocation]):
    """Whom to disconnect; somebody who was disconnected before may be again."""

    class Meta:
        model = Revocation
        fields = ["principal", "is_blocked"]

    def clean_principal(self) -> str:
        """Refuse what can be no principal."""
        try:
            return require_principal(self.cleaned_data["principal"])
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def validate_unique(self) -> None:
        """Let the newest replace an older one."""


@admin.register(Revocation)
class RevocationAdmin(admin.ModelAdmin[Revocation]):
    """Changes go through the operations, so servers hear of them."""

    form = RevocationForm
    list_display = ["principal", "revoked_at", "is_blocked", "revoked_by"]
    list_filter = ["is_blocked"]
    search_fields = ["principal"]

    def has_change_permission(self, request: HttpRequest, obj: Revocation | None = None) -> bool:
        """Refuse: another one is added, or this one deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Revocation, form: Any, change: bool) -> None:
        """Disconnect, and block if that is asked for."""
        disconnect(obj.principal, by=request.user.get_username(), block=obj.is_blocked)
        obj.pk = Revocation.objects.get(principal=obj.principal).pk

    def delete_model(self, request: HttpRequest, obj: Revocation) -> None:
        """Forget one."""
        forget(obj.principal)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Revocation]) -> None:
        """Forget some."""
        forget(*queryset.values_list("principal", flat=True))


admin.site.unregister(User)


@admin.register(User)
class DisconnectableUserAdmin(UserAdmin[User]):
    """Django's own pages of users, with a button that disconnects."""

    actions = ["disconnect_selected"]

    @admin.action(description="Disconnect selected users", permissions=["change"])
    def disconnect_selected(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End their websockets, and what they were granted until now."""
        users = list(queryset)
        disconnect(*[user_principal(user.pk) for user in users], by=cast("User", request.user).get_username())
        messages.success(request, f"{len(users)} disconnected.")
