"""Which pages may write while authentication is off: those that may open a websocket, by the same rule."""

from collections.abc import Callable

import pytest
from channels.routing import URLRouter
from django.test import AsyncClient
from pytest_django import Settings

from access.origins import ExactOriginValidator
from events.routing import websocket_urlpatterns
from events.running_manager import stop_manager
from tests.integration.events.clients import EVENTS
from tests.integration.events.clients import Client as Websocket
from tests.integration.rest.api import Api, problem
from tests.issuer import Issuer

UI = "https://ui.example.org"
HOST = "testserver"
REFUSED = problem(403, "Forbidden", "Origin not allowed")

ORIGINS = {
    UI: True,
    "http://ui.example.org": False,
    "https://ui.example.org:8443": False,
    "https://UI.example.org": False,
    "https://ui.example.org.": False,
    "https://deep.ui.example.org": False,
    "https://ui.example.org@evil.test": False,
    "https://evil.test": False,
    "null": False,
    "": False,
    f"http://{HOST}": True,
    f"https://{HOST}": True,
    f"http://{HOST}:8080": False,
    "http://localhost": False,
}
WRITES = {
    "start": ("POST", "/api/processes/demo_create_path"),
    "resume all": ("PUT", "/api/processes/resume-all"),
    "lock": ("PUT", "/api/settings/status"),
    "abort": ("PUT", "/api/processes/5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01/abort"),
    "delete": ("DELETE", "/api/processes/5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01"),
    "note": ("PATCH", "/api/processes/5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01"),
    "form": ("POST", "/api/forms/nothing"),
    "callback": ("POST", "/api/processes/5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01/callback/t"),
    "disconnect": ("POST", "/api/access/disconnect"),
}


@pytest.fixture(autouse=True)
def ui_is_allowed(settings: Settings, configure: Callable[..., None]) -> None:
    settings.OAUTH2_ACTIVE = False
    settings.ALLOWED_HOSTS = [HOST]
    configure(cors_origins=(UI,))


def write(api: Api, what: str = "lock", **headers: str) -> tuple[int, object]:
    method, path = WRITES[what]
    answer = api.send(method, path, {}, content_type="text/plain", headers={"Host": HOST, **headers})
    return answer.status, answer.body


@pytest.mark.parametrize("origin", ORIGINS)
async def test_rest_and_websockets_let_the_same_pages_in(origin: str, async_client: AsyncClient) -> None:
    validator = ExactOriginValidator(URLRouter(websocket_urlpatterns), [UI])
    page = Websocket(EVENTS, application=validator, host=HOST, origin=origin)

    is_in, _ = await page.connect()
    answer = await async_client.put("/api/settings/status", headers={"Origin": origin})
    await page.leave()
    await stop_manager()

    assert (is_in, answer.status_code != 403) == (ORIGINS[origin],) * 2


@pytest.mark.parametrize("what", WRITES)
def test_a_foreign_page_writes_nothing(what: str, api: Api) -> None:
    assert write(api, what, Origin="https://evil.test") == (403, REFUSED)
    assert write(api, what, Origin=UI) != (403, REFUSED)


def test_what_is_no_browser_names_no_page(api: Api) -> None:
    assert write(api)[0] == 422


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_only_reads_is_answered(method: str, api: Api) -> None:
    answer = api._client.generic(method, "/api/settings/status", headers={"Host": HOST, "Origin": "https://evil.test"})

    assert answer.status_code in (200, 405)


def test_a_token_needs_no_origin_for_the_browser_asks_first(api: Api) -> None:
    assert write(api, Origin="https://evil.test", Authorization="Bearer any")[0] == 422


def test_the_scheme_is_the_servers_where_tls_ends_there(api: Api) -> None:
    answers = [
        api._client.put("/api/settings/status", secure=True, headers={"Host": HOST, "Origin": f"{scheme}://{HOST}"})
        for scheme in ("http", "https")
    ]

    assert [answer.status_code for answer in answers] == [403, 422]


def test_every_page_may_where_the_list_says_so(api: Api, configure: Callable[..., None]) -> None:
    configure(cors_origins=("*",))

    assert write(api, Origin="https://evil.test")[0] == 422
    assert write(api, Origin="null") == (403, REFUSED)


def test_with_authentication_on_the_caller_is_asked_for_first(api: Api, issuer: Issuer) -> None:
    token = issuer.token("engine")

    assert write(api, Origin="https://evil.test") == (401, {"detail": "Not authenticated"})
    assert write(api, Origin="https://evil.test", Authorization=f"Bearer {token}")[0] == 422
