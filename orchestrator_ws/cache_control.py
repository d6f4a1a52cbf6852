"""What browsers and proxies may keep of the REST API's answers (``docs/rest.md``, section 1)."""

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

POLICY = "private, no-cache"
"""Nobody but the caller's browser, and it asks each time: an answer with ``ETag`` costs a 304 if nothing changed."""


class ApiCacheControl(MiddlewareMixin):
    """Django middleware that gives every answer below ``/api/`` the policy, unless its view has chosen one."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Add the header."""
        if request.path_info.startswith("/api/"):
            response.headers.setdefault("Cache-Control", POLICY)
        return response
