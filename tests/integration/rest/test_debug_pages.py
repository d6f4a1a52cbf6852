"""Django's pages about errors, in development, show no token of the request."""

import pytest
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from orchestrator_ws import urls

TOKEN = "0paque-T0ken_'~+"


@pytest.fixture
def browser(client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a client that gets such pages; the login of admin fails with the token in a variable of its view."""

    def fail(request: HttpRequest) -> None:
        token = request.GET.get("token")
        raise ValueError(f"cannot read {token}")

    settings.DEBUG = True
    client.raise_request_exception = False
    client.cookies["sessionid"] = TOKEN
    monkeypatch.setattr(urls.urlpatterns[0], "callback", fail)
    return client


@pytest.mark.parametrize(
    ("path", "status"), [("/admin/login/", 500), ("/nowhere", 404), ("/callback/0paque-T0ken_'~+", 404)]
)
def test_no_token_is_shown(path: str, status: int, browser: Client) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}

    page = browser.get(path, {"token": TOKEN}, headers=headers)

    assert page.status_code == status
    assert "Request URL" in page.content.decode()
    assert "paque-T0ken" not in page.content.decode()
    assert int(page.headers["Content-Length"]) == len(page.content)
