"""Tests of the audit log: through REST and admin as people come, and on its table."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from access.callers import Caller
from access.rest_authentication import CallerAuthentication
from audit.models import AuditEntry
from tests.integration.rest.api import Api

ADDRESS = "192.0.2.7"


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""


@pytest.fixture
def api(client: Client) -> Api:
    """Return a client of the REST API at a known address."""
    client.defaults["REMOTE_ADDR"] = ADDRESS
    return Api(client)


@pytest.fixture
def as_jane(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every REST request be authenticated as jane."""
    jane = Caller(name="jane", principals=frozenset({"subject:4711"}))
    monkeypatch.setattr(CallerAuthentication, "authenticate", lambda *_: (jane, None))


@pytest.fixture
def admin_client(django_user_model: type[User]) -> Client:
    """Sign in the superuser root at a known address, without the page for it."""
    client = Client(REMOTE_ADDR=ADDRESS)
    client.force_login(django_user_model.objects.create_superuser("root"))
    return client


@pytest.fixture
def only_entry(audited: Callable[[], list[AuditEntry]]) -> Callable[[], tuple[str, str, str]]:
    """Return a function that gives the one entry written since: what, to what; fails for more or fewer."""

    def entry() -> tuple[str, str, str]:
        (only,) = audited()
        return only.action, only.kind, only.object_id

    return entry
