"""Django's pages about errors, which only development shows, without the tokens of the request (``MIDDLEWARE``)."""

import html
import re
from collections.abc import Callable, Iterator
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from orchestrator_ws.redaction import MASK, redact

MIN_LENGTH = 4
"""Shorter values stand in every page."""


@sync_and_async_middleware
def without_tokens(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Redact the pages of errors: they quote the request, and the variables of every frame."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> Any:
            return _redacted(request, await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> Any:
        return _redacted(request, get_response(request))

    return answer


def _redacted(request: HttpRequest, response: Any) -> Any:
    is_page = isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/")
    if is_page and response.status_code >= 400:
        page = response.content.decode()
        for token in sorted(set(_tokens(request)), key=len, reverse=True):
            page = page.replace(html.escape(token), MASK).replace(token, MASK)
        response.content = redact(page)
        if response.has_header("Content-Length"):
            response.headers["Content-Length"] = str(len(response.content))
    return response


def _tokens(request: HttpRequest) -> Iterator[str]:
    values = [value for name, values in request.GET.lists() if "token" in name.lower() for value in values]
    values += request.headers.get("Authorization", "").split(" ")[-1:]
    values += request.COOKIES.values()
    values += re.findall(r"/callback/([^/]+)", request.path)
    yield from (value for value in values if len(value) >= MIN_LENGTH)
