"""Passwords tried at the login of Django admin: how many are looked at, and what is left of the others."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from access import login_attempts, login_page, metrics
from access.login_attempts import OF_ADDRESS, OF_NAME, WINDOW_MINUTES, LoginAttempts, TooManyAttemptsError
from audit.models import AuditEntry

ADDRESS, ELSEWHERE = "192.0.2.7", "198.51.100.9"
PASSWORD = "correct horse battery"

Audited = Callable[[], list[AuditEntry]]


@pytest.fixture(autouse=True)
def nobody_has_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_page, "attempts", LoginAttempts())


@pytest.fixture
def passwords_cost_little(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def jane(django_user_model: type[User], passwords_cost_little: None) -> User:
    return django_user_model.objects.create_superuser("jane", password=PASSWORD)


@pytest.fixture
def looked_at() -> Iterator[mock.Mock]:
    """Count the passwords that Django looks at, which it hashes."""
    with mock.patch.object(ModelBackend, "authenticate", autospec=True, side_effect=ModelBackend.authenticate) as spy:
        yield spy


def sign_in(name: str = "jane", password: str = "wrong", address: str = ADDRESS, **headers: str) -> int:
    """Return the status: 200 is the form with an error, 302 the way in."""
    credentials = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/admin/login/", credentials, headers=headers).status_code


def lock_out(address: str = ADDRESS) -> None:
    assert [sign_in(address=address) for _ in range(OF_NAME)] == [200] * OF_NAME


def test_beyond_the_limit_the_right_password_too_is_answered_429_and_not_looked_at(looked_at: mock.Mock) -> None:
    lock_out()
    looked_at.reset_mock()

    answer = Client(REMOTE_ADDR=ADDRESS).post("/admin/login/", {"username": "jane", "password": PASSWORD})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert answer.content == b"Too many failed logins. Try again in 15 minutes.\n"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert looked_at.call_count == 0


def test_nobody_is_locked_out_from_elsewhere_nor_under_another_name(django_user_model: type[User]) -> None:
    django_user_model.objects.create_superuser("joe", password=PASSWORD)
    lock_out()

    assert sign_in("jane", PASSWORD) == 429
    assert sign_in("jane", PASSWORD, ELSEWHERE) == 302
    assert sign_in("joe", PASSWORD) == 302


@pytest.mark.parametrize("typed", [" jane ", "\N{FULLWIDTH LATIN SMALL LETTER J}ane"])
def test_a_name_written_otherwise_is_the_same(typed: str) -> None:
    lock_out()

    assert sign_in(typed, PASSWORD) == 429


def test_x_forwarded_for_is_not_looked_at_again() -> None:
    lock_out()

    assert sign_in("jane", PASSWORD, X_Forwarded_For=ELSEWHERE) == 429


def test_names_that_change_end_at_the_limit_of_the_address(looked_at: mock.Mock) -> None:
    statuses = [sign_in(f"name {number}") for number in range(OF_ADDRESS + 2)]

    assert statuses == [200] * OF_ADDRESS + [429, 429]
    assert looked_at.call_count == OF_ADDRESS
    assert sign_in("jane", PASSWORD, ELSEWHERE) == 302


def test_an_ipv6_network_is_one_address() -> None:
    lock_out("2001:db8::1")

    assert sign_in("jane", PASSWORD, "2001:db8::2") == 429
    assert sign_in("jane", PASSWORD, "2001:db8:0:1::1") == 302


def test_who_signs_in_is_not_counted() -> None:
    assert [sign_in("jane", PASSWORD) for _ in range(OF_NAME + OF_ADDRESS)] == [302] * (OF_NAME + OF_ADDRESS)


def test_a_form_without_name_or_password_is_no_attempt() -> None:
    assert [sign_in("jane", "") for _ in range(2 * OF_NAME)] == [200] * 2 * OF_NAME
    assert sign_in("jane", PASSWORD) == 302


def test_after_the_window_attempts_count_anew() -> None:
    lock_out()
    login_page.attempts._of_name._began_at -= WINDOW_MINUTES * 60 - 60
    assert sign_in("jane", PASSWORD) == 429

    login_page.attempts._of_name._began_at -= 60

    assert sign_in("jane", PASSWORD) == 302


def test_many_at_once_are_no_way_around() -> None:
    attempts = LoginAttempts()

    def begin(_: int) -> bool:
        try:
            attempts.begin("jane", ADDRESS)
        except TooManyAttemptsError:
            return False
        return True

    with mock.patch.object(login_attempts, "note_lockout") as noted, ThreadPoolExecutor(8) as people:
        assert sum(people.map(begin, range(100))) == OF_NAME
    assert noted.call_count == 1


def test_what_is_refused_leaves_one_row_one_line_and_a_count(
    audited: Audited, caplog: pytest.LogCaptureFixture
) -> None:
    counter = metrics.LOGINS_REFUSED.labels("name")._value
    before = counter.get()
    lock_out()
    assert [entry.action for entry in audited()] == ["failed login"] * OF_NAME

    assert [sign_in() for _ in range(4)] == [429] * 4

    (row,) = audited()
    assert (row.action, row.kind, row.object_id, row.actor, row.address) == (
        "lockout",
        "user",
        "jane",
        "SYSTEM",
        ADDRESS,
    )
    lines = [record.getMessage() for record in caplog.records if record.name == "access.login_attempts"]
    assert lines == [f"Too many failed logins from {ADDRESS}, by name; more are refused"]
    assert counter.get() - before == 4


def test_the_row_of_an_address_names_nobody(audited: Audited) -> None:
    for number in range(OF_ADDRESS + 2):
        sign_in(f"name {number}")

    *failed, lockout = audited()
    assert ([entry.action for entry in failed], lockout.action) == (["failed login"] * OF_ADDRESS, "lockout")
    assert {entry.object_id for entry in [*failed, lockout]} == {""}


def test_a_password_typed_as_the_name_is_written_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(OF_NAME + 2):
        sign_in(PASSWORD)

    assert PASSWORD not in str(list(AuditEntry.objects.values()))
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize(
    ("name", "retention", "kept"), [("jane", 365, 365), ("nobody", 365, 30), ("nobody", 7, 7)], ids=str
)
def test_a_failure_without_the_name_of_a_user_is_kept_shorter(
    name: str, retention: int, kept: int, audited: Audited, configure: Callable[..., None]
) -> None:
    configure(audit_retention_days=retention)

    sign_in(name)

    (row,) = audited()
    assert abs(row.keep_until - timezone.now() - timedelta(days=kept)) < timedelta(minutes=5)
