"""Names may be chosen to look alike: an entry says too who it was, by what nobody chooses."""

from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.test import Client, RequestFactory

from audit.actions import Action, Kind, Way
from audit.middleware import origin_middleware
from audit.models import AuditEntry
from audit.origins import Actor, Origin, acting
from audit.recording import audit
from tests.integration.rest.api import Api
from tests.issuer import Issuer

Audited = Callable[[], list[AuditEntry]]

RESUME_ALL = "/api/processes/resume-all"
PAGES = "/admin/audit/auditentry/"


@pytest.fixture
def session() -> Client:
    """Sign in the superuser ada, who is not the first user."""
    User.objects.create_user("bob")
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return client


def by_token(session: Client, issuer: Issuer) -> str:
    headers = {"Authorization": f"Bearer {issuer.token('admin', sub='47 11', preferred_username='ada', name='ada')}"}
    assert Api(session).send("PUT", RESUME_ALL, headers=headers).status == 200
    return "subject:47 11"


def by_session(session: Client, issuer: Issuer) -> str:
    assert Api(session).put(RESUME_ALL).status == 200
    return f"user:{User.objects.get(username='ada').pk}"


def by_admin(session: Client, issuer: Issuer) -> str:
    session.post("/admin/engine_settings/enginesettings/lock/", {"locked": "true"})
    return f"user:{User.objects.get(username='ada').pk}"


def by_logout(session: Client, issuer: Issuer) -> str:
    session.post("/admin/logout/")
    return f"user:{User.objects.get(username='ada').pk}"


@pytest.mark.parametrize("way", [by_token, by_session, by_admin, by_logout])
def test_whoever_is_called_ada_is_told_apart(
    way: Callable[[Client, Issuer], str], session: Client, issuer: Issuer, audited: Audited
) -> None:
    identity = way(session, issuer)

    assert [(entry.actor, entry.identity) for entry in audited()] == [("ada", identity)]


def test_a_login_names_the_user_who_is_in_now(audited: Audited) -> None:
    ada = User.objects.create_superuser("ada", password="correct horse")

    Client().post("/admin/login/", {"username": "ada", "password": "wrong"})
    Client().post("/admin/login/", {"username": "ada", "password": "correct horse"})

    assert [(entry.action, entry.identity) for entry in audited()] == [
        ("failed login", ""),
        ("login", f"user:{ada.pk}"),
    ]


def test_who_is_called_system_is_not_the_system(issuer: Issuer, audited: Audited) -> None:
    headers = {"Authorization": f"Bearer {issuer.token('admin', preferred_username='SYSTEM', name='SYSTEM')}"}
    Api(Client()).send("PUT", RESUME_ALL, headers=headers)

    assert [(entry.actor, entry.identity) for entry in audited()] == [("SYSTEM", "subject:f3a1")]


def test_while_authentication_is_off_nobody_is_identified(session: Client, audited: Audited) -> None:
    Api(session).put(RESUME_ALL)

    assert [(entry.actor, entry.identity) for entry in audited()] == [("SYSTEM", "")]


def test_admin_shows_it_and_finds_by_it(session: Client) -> None:
    with transaction.atomic():
        for identity in ("subject:4711", "subject:other"):
            with acting(Origin(way=Way.REST, read_actor=partial(Actor, name="ada", identity=identity))):
                audit(Action.LOCK, Kind.ENGINE)

    page = session.get(PAGES, {"q": "47"}).content.decode()

    assert "subject:4711" in page
    assert "subject:other" not in page


@pytest.mark.usefixtures("transactional_db")
def test_the_migration_keeps_the_entries_and_their_triggers() -> None:
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("audit")
    old = AuditEntry.objects.create(
        keep_until="2100-01-01T00:00Z", actor="ada", identity="subject:1", action="lock", kind="engine", way="rest"
    )
    try:
        MigrationExecutor(connection).migrate([("audit", "0002_append_only")])
        require_triggers(old)
    finally:
        MigrationExecutor(connection).migrate(latest)

    require_triggers(old)
    old.refresh_from_db()
    assert (old.actor, old.identity) == ("ada", "")


def require_triggers(entry: AuditEntry) -> None:
    for statement in ("UPDATE audit_auditentry SET actor = 'x'", "DELETE FROM audit_auditentry"):
        with pytest.raises(DatabaseError, match="audit entry is"), transaction.atomic():
            connection.cursor().execute(f"{statement} WHERE id = %s", [entry.pk])


def test_a_request_whose_path_has_no_slash_is_served() -> None:
    request = RequestFactory().generic("OPTIONS", "/")
    request.path_info = "*"

    assert origin_middleware(lambda _: HttpResponse(status=204))(request).status_code == 204
