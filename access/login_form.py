"""The form by which people sign in to admin: whoever is blocked is told so, and only after the right password."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError

from access.principals import user_principal
from access.revocations import is_blocked


class LoginForm(AdminAuthenticationForm):
    """Django's own form, which does not let in a user that an administrator keeps out."""

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse who may not sign in, after Django's own reasons."""
        super().confirm_login_allowed(user)
        if is_blocked(user_principal(user.pk)):
            # Django tells of wrong passwords alone.
            credentials = {"username": user.get_username()}
            user_login_failed.send(sender=__name__, credentials=credentials, request=self.request)
            raise ValidationError("This account is blocked. Ask another administrator.", code="blocked")
