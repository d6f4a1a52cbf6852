"""Calls from the pages of another origin: preflight and headers (section 1 of the contract of the UI)."""

from collections.abc import Callable

import pytest
from channels.routing import URLRouter
from django.conf import settings as django_settings
from django.test import AsyncClient, Client
from pytest_django import Settings

from access.origins import ExactOriginValidator
from events.routing import websocket_urlpatterns
from events.running_manager import stop_manager
from tests.integration.engine.stored_processes import UNKNOWN_ID
from tests.integration.events.clients import EVENTS
from tests.integration.events.clients import Client as Websocket

ORIGIN = "https://ui.example.org"

PATHS = [
    "/api/processes",
    "/api/processes/status-counts",
    "/api/processes/demo_retry",
    f"/api/processes/{UNKNOWN_ID}/resume",
    f"/api/processes/{UNKNOWN_ID}/abort",
    "/api/settings/status",
    "/api/settings/worker-status",
    "/api/translations/en-GB",
    "/api/search/subscriptions",
    "/api/search/definitions",
    "/api/user/error",
    "/api/health",
    "/api/health/live",
]


@pytest.fixture
def allow_origin(settings: Settings) -> None:
    """Allow the origin of the UI, and only that one."""
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    settings.CORS_ALLOW_ALL_ORIGINS = False


def in_lower_case(header: str) -> set[str]:
    """Return the names in a comma-separated header."""
    return {name.strip().lower() for name in header.split(",")}


@pytest.mark.parametrize("authenticated", [False, True], ids=["authentication off", "authentication on"])
@pytest.mark.parametrize("slash", ["", "/"], ids=["without slash", "with slash"])
def test_a_preflight_allows_what_the_ui_sends(
    slash: str, authenticated: bool, client: Client, settings: Settings, allow_origin: None
) -> None:
    settings.OAUTH2_ACTIVE = authenticated
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, content-type",
    }

    for path in PATHS:
        response = client.options(path + slash, headers=asked)

        assert response.status_code == 200, path
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        methods = {"get", "put", "patch", "post", "delete", "options", "head"}
        assert in_lower_case(response.headers["Access-Control-Allow-Methods"]) == methods
        headers = {"authorization", "content-type", "if-none-match", "if-match"}
        assert in_lower_case(response.headers["Access-Control-Allow-Headers"]) == headers


@pytest.mark.parametrize(
    "path", ["/api/processes/", "/api/nothing", "/api/processes/nope", f"/api/processes/{UNKNOWN_ID}"]
)
def test_every_answer_errors_included_may_be_read_with_its_range_and_etag(
    path: str, client: Client, allow_origin: None
) -> None:
    response = client.get(path, headers={"Origin": ORIGIN})

    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert in_lower_case(response.headers["Access-Control-Expose-Headers"]) == {"content-range", "etag"}


@pytest.mark.parametrize("origin", ["http://ui.example.org", "https://ui.example.org:8443", "https://evil.org", "null"])
def test_another_origin_is_allowed_nothing(origin: str, client: Client, allow_origin: None) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}

    preflight = client.options("/api/settings/status", headers=asked)
    answer = client.get("/api/settings/status", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in preflight.headers
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_post_without_csrf_token_is_served(recorded: Callable[[], str]) -> None:
    checking = Client(enforce_csrf_checks=True)

    response = checking.post("/api/processes/demo_create_path", data=[], content_type="application/json")

    assert response.status_code == 510


def test_a_post_to_a_route_that_does_not_exist_is_told_so(allow_origin: None) -> None:
    checking = Client(enforce_csrf_checks=True)

    response = checking.post("/api/nothing", data=[], content_type="application/json", headers={"Origin": ORIGIN})

    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize(
    "origin",
    [
        ORIGIN,
        "http://ui.example.org",
        "https://ui.example.org:8443",
        "https://UI.example.org",
        "https://ui.example.org.",
        "https://ui.example.org@evil.test",
        "https://user@ui.example.org",
        "https://deep.ui.example.org",
        "https://evil.test",
        "null",
    ],
)
async def test_rest_and_websockets_allow_the_same_origins(
    origin: str, async_client: AsyncClient, allow_origin: None
) -> None:
    answer = await async_client.get("/api/nothing", headers={"Origin": origin})
    validator = ExactOriginValidator(URLRouter(websocket_urlpatterns), django_settings.CORS_ALLOWED_ORIGINS)
    browser = Websocket(EVENTS, application=validator, host="api.example.org", origin=origin)
    is_in, _ = await browser.connect()
    await browser.leave()
    await stop_manager()

    assert ("Access-Control-Allow-Origin" in answer.headers, is_in) == (origin == ORIGIN,) * 2
