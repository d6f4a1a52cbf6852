"""The login of Django admin, which looks at no more passwords than somebody mistypes."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from access.login_attempts import WINDOW_MINUTES, LoginAttempts, TooManyAttemptsError
from access.login_form import LoginForm

attempts = LoginAttempts()


class LimitedLoginForm(LoginForm):
    """Counts attempts; the name is the one that Django looks for, spaces and look-alikes taken out."""

    def clean(self) -> dict[str, Any]:
        """Look at name and password, if both were typed and not too many were before."""
        name, host = self.cleaned_data.get("username"), (self.request and self.request.META.get("REMOTE_ADDR")) or ""
        if not name or not self.cleaned_data.get("password"):
            return super().clean()
        attempts.begin(name, host)
        cleaned = super().clean()
        attempts.succeed(name, host)
        return cleaned


def show_login(request: HttpRequest) -> HttpResponse:
    """Answer ``/admin/login/``: Django's page, or 429 in plain text beyond the limit."""
    try:
        return admin.site.login(request)
    except TooManyAttemptsError as refusal:
        return HttpResponse(
            f"{refusal}\n",
            content_type="text/plain; charset=utf-8",
            status=HTTPStatus.TOO_MANY_REQUESTS,
            headers={"Retry-After": str(WINDOW_MINUTES * 60)},
        )
