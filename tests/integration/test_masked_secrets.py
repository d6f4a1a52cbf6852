"""No value under a secret key of a state is shown: by REST, by admin, or in a frame; steps get it all the same."""

import json
from collections import UserDict
from collections.abc import Generator
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_forms.core import FormPage
from pydantic_forms.core.shared import FORMS

from events.sources import read_process_frame
from processes import operations
from processes.models import Process
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import ApiException, Assignee, ProcessFailureError, State, Workflow, inputstep, step
from tests.integration.engine.stored_processes import Logged, settled, store_process
from tests.integration.engine.throwaway_workflows import adding, calling, define
from tests.integration.rest.api import Api
from tests.unit.test_masking import PATHS, SECRET_KEYS, SECRETS, nest

SECRET = "s3cr3t-'quoted'"

pytestmark = pytest.mark.usefixtures("forget_workflows")


@pytest.fixture
def admin_client(django_user_model: type[User]) -> Client:
    """Sign in a superuser."""
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("root"))
    return client


Pages: TypeAlias = tuple[Api, Client]


@pytest.fixture
def pages(client: Client, admin_client: Client) -> Pages:
    """Return a client of the REST API and one of admin."""
    return Api(client), admin_client


@pytest.fixture
def stored() -> Workflow:
    """Define a workflow to store processes of."""
    return define("stored", adding("Work"))


def everything_shown(process: Process, pages: Pages) -> str:
    """Return what anybody can see of the process, as one text."""
    api, admin = pages
    bodies = [
        api.get("/api/processes").body,
        api.get(f"/api/processes/{process.pk}").body,
        api.get("/api/subscriptions").body,
    ]
    page = admin.get(f"/admin/processes/process/{process.pk}/change/")
    assert page.status_code == 200
    return json.dumps(bodies) + read_process_frame(process.pk).text + page.content.decode()


@pytest.mark.django_db
class TestStates:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(secret=SECRETS, inside=PATHS, outside=PATHS, key=st.sampled_from(SECRET_KEYS))
    def test_no_value_of_a_secret_key_is_shown_at_any_depth(
        self, stored: Workflow, pages: Pages, secret: str, inside: Any, outside: Any, key: str
    ) -> None:
        state = {"login": nest({key: nest(secret, inside)}, outside)}
        rows: tuple[Logged, ...] = ("Start", StepStatus.SUCCESS, {}), ("Work", StepStatus.SUSPEND, state)
        process = store_process(stored, ProcessStatus.SUSPENDED, *rows)

        shown = everything_shown(process, pages)

        assert secret not in shown
        assert "***" in shown
        assert process.steps.latest("pk").state["login"] == state["login"]


def login_form() -> Generator[type[FormPage], Any, State]:
    """Ask for a password, with one to begin with."""

    class Login(FormPage):
        password: str = SECRET

    page = yield Login
    return dict(page.model_dump())


def test_a_step_gets_the_value_and_its_error_and_traceback_do_not_show_it(pages: Pages) -> None:
    seen: list[str] = []

    @step("Log in")
    def log_in(password: str) -> None:
        seen.append(password)
        details = {"answer": f"no user with {password}"}
        raise ProcessFailureError(f"cannot log in with {password!r}, {password} and {json.dumps(password)}", details)

    define("failing", adding("Prepare", password=SECRET), log_in)
    process = settled(operations.start_process("failing", [{}], "SYSTEM"), ProcessStatus.FAILED)

    shown = everything_shown(process, pages)

    assert seen == [SECRET]
    assert "s3cr3t" not in shown
    assert process.failed_reason == 'cannot log in with "***", *** and "***"'
    assert process.traceback is not None
    assert "cannot log in with" in process.traceback
    assert process.steps.latest("pk").state["details"] == {"answer": "no user with ***"}


def test_a_long_secret_that_an_error_cuts_short_is_hidden_too(pages: Pages) -> None:
    long = f"{SECRET}-" + "0123456789" * 8 + "-s3cr3t"

    class Login(BaseModel):
        port: int
        host: int

    @step("Log in")
    def log_in(password: str) -> None:
        Login.model_validate({"port": password, "host": {"user": "jane", "password": password}})

    define("failing", adding("Prepare", password=long), log_in)
    process = settled(operations.start_process("failing", [{}], "SYSTEM"), ProcessStatus.FAILED)

    shown = everything_shown(process, pages)
    assert "input_value=" in shown
    assert "s3cr3t" not in shown
    assert "01234" not in shown


def test_neither_tokens_nor_headers_of_another_system_are_shown(pages: Pages) -> None:
    class Headers(UserDict[str, str]):
        """What clients of HTTP have for headers: a mapping that is no dict."""

    def ask() -> None:
        raise ApiException(
            401,
            "no answer to GET https://peer.example/?access_token=s3cr3t-1",
            "Authorization: Bearer s3cr3t-of-the-peer",
            Headers({"Set-Cookie": "a=s3cr3t-2", "Server": "peer"}),
        )

    define("asking", calling("Ask", ask))
    process = settled(operations.start_process("asking", [{}], "SYSTEM"), ProcessStatus.FAILED)

    assert "s3cr3t" not in everything_shown(process, pages)
    body = pages[0].get(f"/api/processes/{process.pk}").body
    assert body["failed_reason"] == "no answer to GET https://peer.example/?access_token=***"
    assert process.steps.latest("pk").state["headers"] == {"Set-Cookie": "***", "Server": "peer"}


@pytest.mark.parametrize("wrap", [lambda page: page, lambda page: (page,), lambda page: {"page": [page]}])
def test_what_a_form_returns_shows_none_whatever_object_it_is(
    wrap: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(state: State) -> Generator[type[FormPage], Any, Any]:
        page = yield Login
        return wrap(page)

    class Login(FormPage):
        password: str

    monkeypatch.setitem(FORMS, "returning", ask)

    answer = Api(client).post("/api/forms/returning", [{"password": SECRET}])

    assert answer.status == 200
    assert answer.body == wrap({"password": "***"}) or answer.body == list(wrap({"password": "***"}))


def test_the_same_failure_is_counted_on_its_row() -> None:
    @step("Log in")
    def log_in(password: str) -> None:
        raise ValueError(f"cannot log in with {password}")

    define("failing", adding("Prepare", password=SECRET), log_in)
    process = settled(operations.start_process("failing", [{}], "SYSTEM"), ProcessStatus.FAILED)

    operations.resume_process(process.pk, [], "SYSTEM")

    assert settled(process.pk, ProcessStatus.FAILED).steps.latest("pk").state["retries"] == 1


def test_what_the_database_refuses_is_not_cited(pages: Pages) -> None:
    define("unwritable", adding("Work", password=f"{SECRET}-long", broken="\0"))
    process = settled(operations.start_process("unwritable", [{}], "SYSTEM"), ProcessStatus.FAILED)

    assert "s3cr3t" not in everything_shown(process, pages)


def test_a_form_begins_without_a_secret_which_stays_its_default(pages: Pages) -> None:
    define("asking", inputstep("Log in", assignee=Assignee.NOC)(login_form))
    api, _ = pages
    process = settled(operations.start_process("asking", [{}], "SYSTEM"), ProcessStatus.SUSPENDED)

    body = api.get(f"/api/processes/{process.pk}").body
    assert body["form"]["properties"] == {"password": {"title": "Password", "type": "string"}}
    assert "s3cr3t" not in everything_shown(process, pages)

    assert api.put(f"/api/processes/{process.pk}/resume", [{}]).status == 204
    row = settled(process.pk, ProcessStatus.COMPLETED).steps.latest("pk")
    assert row.state["password"] == SECRET


def test_neither_a_page_of_a_form_nor_its_faults_show_one(client: Client) -> None:
    define("asking_first", adding("Work"), form=login_form)
    api = Api(client)

    incomplete = api.post("/api/processes/asking_first", [])
    invalid = api.post("/api/processes/asking_first", [{"password": [SECRET]}])

    assert (incomplete.status, incomplete.body["form"]["properties"]["password"]) == (
        510,
        {"title": "Password", "type": "string"},
    )
    assert (invalid.status, invalid.body["validation_errors"][0]["input"]) == (400, "***")


def test_a_masked_value_that_comes_back_is_a_value_like_any_other(client: Client) -> None:
    define("asking_first", adding("Work"), form=login_form)

    process_id = Api(client).post("/api/processes/asking_first", [{"password": "***"}]).body["id"]

    row = settled(UUID(process_id), ProcessStatus.COMPLETED).steps.latest("pk")
    assert row.state["password"] == "***"
