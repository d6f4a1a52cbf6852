"""Django admin and users whom an administrator disconnected or blocked: nobody does anything with such a session."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from access import operations
from access.middleware import RevocableAuthenticationMiddleware
from access.models import Revocation
from access.principals import session_principal
from audit.models import AuditEntry

PASSWORD = "correct horse"
LOGIN = "/admin/login/"
USERS = "/admin/auth/user/"
BLOCKED = "This account is blocked. Ask another administrator."


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


@pytest.fixture
def browser(client: Client, ada: User) -> Client:
    client.force_login(ada)
    assert client.get(USERS).status_code == 200
    return client


def principals_of(client: Client, user: User) -> dict[str, str]:
    return {"user": f"user:{user.pk}", "session": session_principal(str(client.session.session_key))}


def sign_in(client: Client, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"username": "ada", "password": password, "next": USERS})


@pytest.mark.parametrize("block", [False, True])
@pytest.mark.parametrize("kind", ["user", "session"])
def test_a_revoked_session_ends(kind: str, block: bool, browser: Client, ada: User) -> None:
    operations.disconnect(principals_of(browser, ada)[kind], by="root", block=block)

    answer = browser.get(USERS)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LOGIN}?next={USERS}")
    assert not Session.objects.exists()
    assert browser.cookies["sessionid"].value == ""


def test_nobody_deletes_the_own_block(browser: Client, ada: User) -> None:
    operations.disconnect(f"user:{ada.pk}", by="root", block=True)
    block = Revocation.objects.get()

    answer = browser.post(f"/admin/access/revocation/{block.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert Revocation.objects.get() == block


def test_other_sessions_stay(browser: Client, ada: User) -> None:
    other = Client()
    other.force_login(ada)

    operations.disconnect(principals_of(other, ada)["session"], by="root")

    assert browser.get(USERS).status_code == 200
    assert other.get(USERS).status_code == 302


def test_a_disconnected_session_has_ended_whatever_the_clocks_say(browser: Client, ada: User) -> None:
    operations.disconnect(principals_of(browser, ada)["session"], by="root")
    Revocation.objects.update(revoked_at=timezone.now() - timedelta(hours=1))

    assert browser.get(USERS).status_code == 302


def test_who_was_disconnected_may_sign_in_again(browser: Client, ada: User) -> None:
    operations.disconnect(f"user:{ada.pk}", by="root")

    assert sign_in(browser).headers["Location"] == USERS
    assert browser.get(USERS).status_code == 200


def test_who_is_blocked_may_not_and_is_told_so(
    client: Client, ada: User, audited: Callable[[], list[AuditEntry]]
) -> None:
    operations.disconnect(f"user:{ada.pk}", by="root", block=True)
    audited()

    answer = sign_in(client)

    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors() == [BLOCKED]
    assert not Session.objects.exists()
    assert [(entry.action, entry.object_id) for entry in audited()] == [("failed login", "ada")]


def test_a_stranger_does_not_learn_who_is_blocked(client: Client, ada: User) -> None:
    operations.disconnect(f"user:{ada.pk}", by="root", block=True)

    assert BLOCKED not in sign_in(client, "wrong").content.decode()


def test_a_block_that_is_taken_away_lets_in_again(client: Client, ada: User) -> None:
    operations.disconnect(f"user:{ada.pk}", by="root", block=True)
    operations.forget(f"user:{ada.pk}")

    assert sign_in(client).status_code == 302


def test_it_takes_one_query_and_none_without_a_session(browser: Client, django_assert_num_queries: Any) -> None:
    middleware = RevocableAuthenticationMiddleware(lambda request: HttpResponse())

    def queries_of(read: Callable[[HttpRequest], Any], number: int, key: str | None) -> None:
        request = RequestFactory().get("/")
        request.session = SessionStore(key)
        middleware.process_request(request)
        with django_assert_num_queries(number):
            read(request)

    key = browser.session.session_key
    queries_of(get_user, 2, key)
    queries_of(lambda request: str(request.user), 3, key)
    queries_of(lambda request: str(request.user), 0, None)
    queries_of(lambda request: None, 0, key)


async def test_views_on_the_loop_have_no_other_user() -> None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    RevocableAuthenticationMiddleware(lambda request: HttpResponse()).process_request(request)

    assert (await request.auser()).is_anonymous


def test_the_expiry_of_a_session_is_nothing_of_a_revocation(browser: Client) -> None:
    Session.objects.update(expire_date=timezone.now())

    assert browser.get(USERS).status_code == 302
    assert not Revocation.objects.exists()
