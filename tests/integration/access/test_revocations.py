"""Who disconnects whom: the operations, REST, Django admin."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from access import operations
from access.callers import Caller
from access.models import Revocation
from access.revocations import is_revoked, read_revocations
from audit.models import AuditEntry
from events.models import ChangeLogEntry
from processes.maintenance import JOBS
from tests.integration.rest.api import Api, faults, problem
from tests.integration.rest.test_authentication import bearer
from tests.issuer import Issuer

SUBJECT = "subject:f3a1"
DISCONNECT = "/api/access/disconnect"


@pytest.fixture
def api(client: Client) -> Api:
    return Api(client)


@pytest.fixture
def told() -> Callable[[], int]:
    """Return a function that tells how many changes of access were recorded."""
    return lambda: ChangeLogEntry.objects.filter(kind="access").count()


@pytest.fixture
def admin_client(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def principals() -> list[str]:
    return sorted(Revocation.objects.values_list("principal", flat=True))


def caller(issued_at: datetime | None, *names: str) -> Caller:
    return Caller(principals=frozenset(names or {SUBJECT}), issued_at=issued_at)


# The operations.


def test_a_revocation_is_recorded_with_its_change(told: Callable[[], int]) -> None:
    operations.disconnect(SUBJECT, "user:7", by="root")

    assert principals() == [SUBJECT, "user:7"]
    assert set(Revocation.objects.values_list("revoked_by", "is_blocked")) == {("root", False)}
    assert told() == 1


def test_each_principal_has_one_row_which_the_next_revocation_renews() -> None:
    operations.disconnect(SUBJECT, by="root")
    Revocation.objects.update(revoked_at=timezone.now() - timedelta(hours=1))

    operations.disconnect(SUBJECT, SUBJECT, by="SYSTEM")

    row = Revocation.objects.get()
    assert timezone.now() - row.revoked_at < timedelta(minutes=1)
    assert row.revoked_by == "SYSTEM"


def test_who_is_blocked_stays_so_when_disconnected_again() -> None:
    operations.disconnect(SUBJECT, by="root", block=True)

    operations.disconnect(SUBJECT, by="root")

    assert Revocation.objects.get().is_blocked


def test_who_disconnects_whom_is_audited(api: Api, audited: Callable[[], list[AuditEntry]]) -> None:
    api.post(DISCONNECT, {"principal": SUBJECT})
    api.post(DISCONNECT, {"principal": SUBJECT, "block": True})

    entries = [(entry.action, entry.kind, entry.object_id) for entry in audited()]
    assert entries == [("disconnect", "principal", SUBJECT), ("block", "principal", SUBJECT)]


def test_an_unblocking_by_an_administrator_is_audited(
    admin_client: Client, audited: Callable[[], list[AuditEntry]]
) -> None:
    operations.disconnect(SUBJECT, by="root", block=True)
    audited()

    admin_client.post(f"/admin/access/revocation/{Revocation.objects.get().pk}/delete/", {"post": "yes"})

    assert [(entry.action, entry.object_id) for entry in audited()] == [("unblock", SUBJECT)]


def test_a_block_is_forgotten_and_that_is_told(told: Callable[[], int]) -> None:
    operations.disconnect(SUBJECT, by="root", block=True)

    operations.forget(SUBJECT)

    assert (principals(), told()) == ([], 2)


def test_old_revocations_are_deleted_and_blocks_are_not() -> None:
    operations.disconnect("user:1", "user:2", by="root")
    operations.disconnect("user:3", by="root", block=True)
    Revocation.objects.exclude(principal="user:2").update(revoked_at=Now() - timedelta(days=30, minutes=1))

    assert operations.delete_expired() == 1

    assert principals() == ["user:2", "user:3"]


def test_maintenance_deletes_them() -> None:
    operations.disconnect("user:1", by="root")
    Revocation.objects.update(revoked_at=Now() - timedelta(days=31))

    for job in JOBS:
        job.run()

    assert principals() == []


@pytest.mark.parametrize(("issued_after_seconds", "expected"), [(-60, True), (60, False)])
@pytest.mark.parametrize("block", [False, True])
def test_database_and_memory_agree_on_who_is_revoked(issued_after_seconds: int, expected: bool, block: bool) -> None:
    operations.disconnect(SUBJECT, by="root", block=block)
    issued_at = datetime.now(UTC) + timedelta(seconds=issued_after_seconds)

    one = caller(issued_at)
    assert (is_revoked(one), read_revocations().concern(one)) == (expected or block,) * 2


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (caller(None), True),
        (caller(None, "user:7"), False),
        (caller(datetime.now(UTC) - timedelta(hours=1), "user:7", SUBJECT), True),
        (Caller(), False),
    ],
    ids=["issued nobody knows when", "somebody else", "one of several principals", "without authentication"],
)
def test_whom_a_revocation_concerns(who: Caller, expected: bool) -> None:
    operations.disconnect(SUBJECT, by="root")

    assert (is_revoked(who), read_revocations().concern(who)) == (expected, expected)


def test_rest_asks_one_query_about_a_caller_and_none_about_nobody(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        is_revoked(caller(datetime.now(UTC)))
    with django_assert_num_queries(0):
        is_revoked(Caller())


# REST.


def test_a_revoked_caller_is_refused_by_rest(api: Api, issuer: Issuer) -> None:
    token = issuer.token("view")
    assert api.send("GET", "/api/processes", headers=bearer(token)).status == 200

    operations.disconnect(SUBJECT, by="root")

    answer = api.send("GET", "/api/processes", headers=bearer(token))
    assert (answer.status, answer.body) == (401, {"detail": "Invalid or expired token"})


@pytest.mark.parametrize(("body", "is_blocked"), [({}, False), ({"block": True}, True)])
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_administrator_disconnects(
    body: dict[str, Any], is_blocked: bool, slash: str, api: Api, issuer: Issuer, told: Callable[[], int]
) -> None:
    token = issuer.token("admin", sub="b202")

    answer = api.send("POST", DISCONNECT + slash, {"principal": SUBJECT, **body}, headers=bearer(token))

    assert (answer.status, told()) == (204, 1)
    row = Revocation.objects.get()
    assert (row.principal, row.is_blocked, row.revoked_by) == (SUBJECT, is_blocked, "ada")


@pytest.mark.parametrize("role", ["view", "operate", "engine"])
def test_nobody_else_does(role: str, api: Api, issuer: Issuer) -> None:
    answer = api.send("POST", DISCONNECT, {"principal": SUBJECT}, headers=bearer(issuer.token(role)))

    assert (answer.status, answer.body) == (403, problem(403, "Forbidden", "Not authorized"))
    assert principals() == []


@pytest.mark.parametrize(
    ("body", "kind", "place"),
    [
        ({}, "missing", "principal"),
        ({"principal": ""}, "value_error", "principal"),
        ({"principal": "f3a1"}, "value_error", "principal"),
        ({"principal": "subject:"}, "value_error", "principal"),
        ({"principal": "subject:a\tb"}, "value_error", "principal"),
        ({"principal": "subject:" + "x" * 248}, "string_too_long", "principal"),
        ({"principal": 7}, "string_type", "principal"),
        ({"principal": SUBJECT, "block": "perhaps"}, "bool_parsing", "block"),
    ],
)
def test_a_body_that_names_nobody_is_refused(body: dict[str, Any], kind: str, place: str, api: Api) -> None:
    assert faults(api.post(DISCONNECT, body)) == [(kind, ["body", place])]
    assert principals() == []


# Django admin.


def test_a_revocation_that_is_added_disconnects(admin_client: Client, told: Callable[[], int]) -> None:
    response = admin_client.post("/admin/access/revocation/add/", {"principal": SUBJECT, "is_blocked": "on"})

    assert response.status_code == 302
    row = Revocation.objects.get()
    assert (row.principal, row.is_blocked, row.revoked_by, told()) == (SUBJECT, True, "root", 1)


def test_one_may_be_added_again(admin_client: Client) -> None:
    for _ in range(2):
        assert admin_client.post("/admin/access/revocation/add/", {"principal": SUBJECT}).status_code == 302

    assert principals() == [SUBJECT]


def test_what_names_nobody_is_shown_as_a_fault(admin_client: Client) -> None:
    response = admin_client.post("/admin/access/revocation/add/", {"principal": "ada"})

    assert "a principal begins with subject:, user:, session:" in response.content.decode()
    assert principals() == []


def test_one_that_is_deleted_ends_the_block(admin_client: Client, told: Callable[[], int]) -> None:
    operations.disconnect(SUBJECT, "subject:b202", "subject:c303", by="root", block=True)
    one = Revocation.objects.get(principal=SUBJECT).pk
    others = list(Revocation.objects.exclude(pk=one).values_list("pk", flat=True))

    admin_client.post(f"/admin/access/revocation/{one}/delete/", {"post": "yes"})
    selected = {"action": "delete_selected", "_selected_action": others, "post": "yes"}
    admin_client.post("/admin/access/revocation/", selected)

    assert (principals(), told()) == ([], 3)


def test_users_are_disconnected_by_an_action(admin_client: Client) -> None:
    users = [User.objects.create_user(uuid.uuid4().hex) for _ in range(2)]

    admin_client.post(
        "/admin/auth/user/", {"action": "disconnect_selected", "_selected_action": [user.pk for user in users]}
    )

    assert principals() == sorted(f"user:{user.pk}" for user in users)
    assert set(Revocation.objects.values_list("revoked_by", flat=True)) == {"root"}


def test_who_may_only_look_at_users_has_no_such_action(client: Client) -> None:
    user = User.objects.create_user("jane", is_staff=True)
    client.force_login(user)

    client.post("/admin/auth/user/", {"action": "disconnect_selected", "_selected_action": [user.pk]})

    assert principals() == []
