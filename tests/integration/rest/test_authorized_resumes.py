"""Whichever way a resume comes, the workflow's authorizers decide: docs/security.md, section 2."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from pytest_django import Settings

from access.callers import Caller
from processes.maintenance_tasks import task_resume_all
from processes.models import Process
from processes.on_behalf import start_for
from processes.resume_all import resume_requested
from processes.statuses import ProcessStatus
from processes.workflow import AuthContext
from tests.integration.engine.stored_processes import settled, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api
from tests.issuer import Issuer

pytestmark = pytest.mark.usefixtures("transactional_db")

REFUSAL = "User is not authorized to retry step"


def only_ada(context: AuthContext) -> bool:
    """Say yes to whoever is called ada, and to everyone while authentication is off."""
    return context.user is None or context.user.name == "ada"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """How somebody comes: with a token, and signed in to admin."""

    api: Api
    headers: dict[str, str]
    admin: Client

    def put(self, path: str) -> tuple[int, object]:
        answer = self.api.send("PUT", path, [], headers=self.headers)
        return answer.status, answer.body


@pytest.fixture
def visitor(request: pytest.FixtureRequest, issuer: Issuer) -> Visitor:
    """Let the one who is named come; all of them have every role and permission."""
    admin = Client()
    admin.force_login(User.objects.create_superuser(request.param))
    token = issuer.token("admin", preferred_username=request.param, name=request.param)
    return Visitor(api=Api(Client()), headers={"Authorization": f"Bearer {token}"}, admin=admin)


@pytest.fixture
def task() -> Process:
    """Return a task that failed, which ada alone may retry."""
    return store_in_status(define("guarded", adding("Work"), is_task=True, authorize_callback=only_ada), FAILED)


FAILED, COMPLETED = ProcessStatus.FAILED, ProcessStatus.COMPLETED


def resume(visitor: Visitor, task: Process) -> object:
    status, body = visitor.put(f"/api/processes/{task.pk}/resume")
    return status, body["detail"] if isinstance(body, dict) else body


def resume_all(visitor: Visitor, task: Process) -> object:
    answer = visitor.put("/api/processes/resume-all")
    resume_requested()
    return answer


def resume_in_admin(visitor: Visitor, task: Process) -> object:
    chosen = {"action": "resume", "_selected_action": [str(task.pk)]}
    response = visitor.admin.post("/admin/processes/process/", chosen)
    return [str(message).replace(str(task.pk), "ID") for message in get_messages(response.wsgi_request)]


ROUTES: dict[Callable[[Visitor, Process], object], tuple[object, object]] = {
    resume: ((204, None), (403, REFUSAL)),
    resume_all: ((200, {"count": 1}), (200, {"count": 0})),
    resume_in_admin: (["ID resumed"], [f"ID: {REFUSAL}"]),
}
"""What each answers to whom the authorizer lets pass, and to the others."""


@pytest.mark.parametrize("route", ROUTES, ids=[route.__name__ for route in ROUTES])
@pytest.mark.parametrize(("visitor", "is_allowed"), [("ada", True), ("bob", False)], indirect=["visitor"])
def test_the_authorizer_decides(
    visitor: Visitor, is_allowed: bool, route: Callable[[Visitor, Process], object], task: Process
) -> None:
    assert route(visitor, task) == ROUTES[route][0 if is_allowed else 1]

    assert settled(task.pk, COMPLETED if is_allowed else FAILED)


@pytest.mark.parametrize("route", ROUTES, ids=[route.__name__ for route in ROUTES])
@pytest.mark.parametrize("visitor", ["bob"], indirect=True)
def test_while_authentication_is_off_the_user_is_none(
    visitor: Visitor, route: Callable[[Visitor, Process], object], task: Process, settings: Settings
) -> None:
    settings.OAUTH2_ACTIVE = False

    assert route(visitor, task) == ROUTES[route][0]


@pytest.mark.parametrize("route", [resume_all, resume_in_admin])
@pytest.mark.parametrize("visitor", ["bob"], indirect=True)
def test_a_refusal_of_one_does_not_keep_the_others(
    visitor: Visitor, route: Callable[[Visitor, Process], object], task: Process
) -> None:
    other = store_in_status(define("free", adding("Work"), is_task=True), FAILED)
    if route is resume_all:
        assert resume_all(visitor, task) == (200, {"count": 1})
    else:
        chosen = {"action": "resume", "_selected_action": [str(task.pk), str(other.pk)]}
        response = visitor.admin.post("/admin/processes/process/", chosen)
        seen = sorted(str(message) for message in get_messages(response.wsgi_request))
        assert seen == sorted([f"{task.pk}: {REFUSAL}", f"{other.pk} resumed"])

    assert settled(other.pk, COMPLETED)
    assert settled(task.pk, FAILED)


@pytest.mark.parametrize("visitor", ["ada"], indirect=True)
def test_a_session_that_ended_meanwhile_resumes_nothing(
    visitor: Visitor, task: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("access.sessions.session_caller", lambda *_: None)
    chosen = {"action": "resume", "_selected_action": [str(task.pk)]}

    assert visitor.admin.post("/admin/processes/process/", chosen).status_code == 403
    assert settled(task.pk, FAILED)


def test_the_task_that_resumes_all_leaves_out_what_has_an_authorizer(task: Process) -> None:
    free = store_in_status(define("free", adding("Work"), is_task=True), FAILED)
    assert task_resume_all.is_task

    start_for(Caller(), task_resume_all.name, [{}], "bob")

    assert settled(free.pk, COMPLETED)
    assert settled(task.pk, FAILED)
