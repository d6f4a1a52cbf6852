"""REST by Django's session cookie: the user's permissions are its roles, and to write takes a CSRF token."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from access.sessions import find_session_callers
from processes.models import Process
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, problem
from tests.issuer import Issuer

CSRF_TOKEN = "t" * 32

pytestmark = pytest.mark.usefixtures("issuer")


@pytest.fixture
def browser() -> Client:
    """Return a client that must prove, as a browser must, that a page of ours asks."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def api(browser: Client) -> Api:
    return Api(browser)


def user(*roles: str, **fields: Any) -> User:
    """Return a new user with the permissions."""
    made = User.objects.create_user("ada", **fields)
    made.user_permissions.set(Permission.objects.filter(content_type__app_label="access", codename__in=roles))
    return made


def put_lock(api: Api, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    answer = api.send("PUT", "/api/settings/status", {"global_lock": False}, headers=headers)
    return answer.status, answer.body


def with_csrf_token(browser: Client) -> dict[str, str]:
    browser.cookies["csrftoken"] = CSRF_TOKEN
    return {"X-CSRFToken": CSRF_TOKEN}


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ((), (403, 403, 403)),
        (("view",), (200, 403, 403)),
        (("operate",), (200, 200, 403)),
        (("engine",), (200, 403, 200)),
        (("admin",), (200, 200, 200)),
        (("operate", "engine"), (200, 200, 200)),
    ],
    ids=str,
)
def test_permissions_are_roles(roles: tuple[str, ...], may: tuple[int, ...], browser: Client, api: Api) -> None:
    browser.force_login(user(*roles))
    token = with_csrf_token(browser)

    reading = api.get("/api/processes").status
    writing = api.send("PUT", "/api/processes/resume-all", headers=token).status

    assert (reading, writing, put_lock(api, token)[0]) == may


def test_a_superuser_has_every_role(browser: Client, api: Api) -> None:
    browser.force_login(user(is_superuser=True))

    assert put_lock(api, with_csrf_token(browser))[0] == 200


@pytest.mark.parametrize("superuser", [False, True])
def test_a_user_who_is_not_active_is_nobody(superuser: bool, browser: Client, api: Api) -> None:
    ada = user("admin", is_superuser=superuser)
    browser.force_login(ada)
    assert api.get("/api/processes").status == 200
    ada.is_active = False
    ada.save()

    answer = api.get("/api/processes")

    assert (answer.status, answer.body) == (401, {"detail": "Not authenticated"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_that_has_ended_is_nobody(browser: Client, api: Api) -> None:
    browser.force_login(user("view"))
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert api.get("/api/processes").status == 401


def test_a_changed_password_ends_the_session(browser: Client, api: Api) -> None:
    ada = user("view")
    browser.force_login(ada)
    ada.set_password("another one")
    ada.save()

    assert api.get("/api/processes").status == 401


@pytest.mark.parametrize("path", ["/api/processes", "/admin/"])
def test_a_key_that_no_session_can_have_is_nobodys(path: str, browser: Client) -> None:
    browser.cookies.load(r'sessionid="\000abcdefgh"')

    answer = browser.get(path)

    assert answer.status_code == (401 if path.startswith("/api") else 302)
    assert answer.cookies["sessionid"].value == ""


def test_a_session_without_user_is_nobody(browser: Client, api: Api) -> None:
    session = browser.session
    session["colour"] = "blue"
    session.save()
    browser.cookies[django_settings.SESSION_COOKIE_NAME] = session.session_key or ""

    assert api.get("/api/processes").body == {"detail": "Not authenticated"}


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": "u" * 32}], ids=["none", "another"])
def test_to_write_without_the_csrf_token_is_refused(headers: dict[str, str], browser: Client, api: Api) -> None:
    browser.force_login(user("admin"))
    with_csrf_token(browser)

    status, body = put_lock(api, headers)

    assert (status, body["status"], body["title"]) == (403, 403, "Forbidden")
    assert body["detail"].startswith("CSRF Failed: ")


def test_a_page_of_another_origin_cannot_write(browser: Client, api: Api) -> None:
    browser.force_login(user("admin"))

    status, body = put_lock(api, {**with_csrf_token(browser), "Origin": "https://evil.test"})

    assert (status, body["detail"].startswith("CSRF Failed: Origin checking failed")) == (403, True)


def test_a_bearer_token_counts_alone_and_needs_no_csrf_token(browser: Client, api: Api, issuer: Issuer) -> None:
    browser.force_login(user("admin"))

    assert put_lock(api, {"Authorization": f"Bearer {issuer.token('engine')}"})[0] == 200
    assert put_lock(api, {"Authorization": f"Bearer {issuer.token('view')}"})[0] == 403
    assert put_lock(api, {"Authorization": "Bearer a.b.c"}) == (401, {"detail": "Invalid or expired token"})


def test_another_scheme_does_not_hide_the_session(browser: Client, api: Api) -> None:
    browser.force_login(user("view"))

    assert api.get("/api/processes", authorization="Basic abc").status == 200


def test_while_authentication_is_off_a_session_needs_no_csrf_token(
    browser: Client, api: Api, settings: Settings
) -> None:
    browser.force_login(user())
    settings.OAUTH2_ACTIVE = False

    assert put_lock(api)[0] == 200


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_body_is_json_whatever_its_content_type_says(content_type: str, browser: Client, api: Api) -> None:
    define("routed", adding("Work"))
    browser.force_login(user("operate"))

    answer = api.send(
        "POST", "/api/processes/routed", [{}], content_type=content_type, headers=with_csrf_token(browser)
    )

    assert answer.status == 201
    assert Process.objects.get().created_by == "ada"


def test_a_body_that_is_too_large_is_refused_as_ever(browser: Client, api: Api) -> None:
    browser.force_login(user("operate"))
    kinds = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]

    answers = [
        api.send("POST", "/api/processes/x", raw=b"a" * 1_048_577, content_type=kind, headers=with_csrf_token(browser))
        for kind in kinds
    ]

    detail = problem(413, "Request Entity Too Large", "Request body is larger than 1048576 bytes")
    assert [answer.body for answer in answers] == [detail] * 3


def test_without_session_cookie_nothing_varies_by_it(api: Api) -> None:
    assert "Cookie" not in api.get("/api/processes").headers.get("Vary", "")


def test_the_caller_has_what_a_revocation_needs(browser: Client) -> None:
    before = datetime.now(UTC)
    ada = user("view")
    browser.force_login(ada)
    key = browser.session.session_key
    assert key is not None

    caller = find_session_callers([key])[key]

    assert caller.name == "ada"
    assert {principal.partition(":")[0] for principal in caller.principals} == {"user", "session"}
    assert f"user:{ada.pk}" in caller.principals
    assert not any(key in principal for principal in caller.principals)
    assert caller.issued_at is not None
    assert before <= caller.issued_at <= datetime.now(UTC)
    assert caller.expires_at == Session.objects.get().expire_date
    assert caller.claims == {}


def test_a_later_login_elsewhere_does_not_make_a_session_younger(browser: Client) -> None:
    ada = user("view")
    browser.force_login(ada)
    key = str(browser.session.session_key)
    first = find_session_callers([key])

    Client().force_login(ada)

    assert set(first) == {key}
    assert find_session_callers([key]) == first


@pytest.mark.parametrize("statement", [1, 2, 3])
def test_who_is_deleted_while_the_session_is_read_is_gone_and_has_not_only_lost_the_roles(
    statement: int, browser: Client
) -> None:
    ada = user("view")
    browser.force_login(ada)
    key = str(browser.session.session_key)
    seen = 0

    def delete_before(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal seen
        seen += 1  # first, for a delete is made of statements too
        if seen == statement:
            User.objects.all().delete()
        return execute(*arguments)

    with connection.execute_wrapper(delete_before):
        assert find_session_callers([key]) == {}
