"""Who may see a page and who may send its forms: callers whom Django's session names, by their roles."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec, TypeAlias

from csp.decorators import csp_update
from django.conf import settings as django_settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods
from rest_framework.permissions import SAFE_METHODS

from access.callers import Caller
from access.roles import Role
from access.sessions import page_caller

P = ParamSpec("P")
Page: TypeAlias = Callable[Concatenate[HttpRequest, Caller, P], HttpResponse]


def console_page(
    *, sends: Role = Role.OPERATE
) -> Callable[[Page[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Give a view the caller; to look takes the role ``view``, to send a form the one named here.

    Nobody who is known while authentication is off. Whoever has no session is sent to the login; a fragment of a page
    whose session ended is refused, so that the page decides what becomes of what is typed into it.
    """

    def decorate(view: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if django_settings.OAUTH2_ACTIVE and not request.user.is_authenticated:
                if "HX-Request" in request.headers:
                    return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            if any("\0" in text for sent in (request.GET, request.POST) for _, texts in sent.lists() for text in texts):
                raise BadRequest("Text holds a NUL character")  # no database can hold it, or look for it
            caller = page_caller(request)
            if not caller.may(Role.VIEW if request.method in SAFE_METHODS else sends):
                raise PermissionDenied
            return view(request, caller, *args, **kwargs)

        # What a page shows is asked for each time, and nobody else may keep it. Its icon is in the page.
        private = cache_control(private=True, no_cache=True)
        return private(csp_update({"img-src": ["data:"]})(guarded))  # type: ignore[return-value]  # the caller is given, not passed

    return decorate


def sent_from_page(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Take a form of the page one level up; whoever only looks, as after a login, is led to that page."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def sent(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if request.method == "POST" else HttpResponseRedirect("../")

    return sent
