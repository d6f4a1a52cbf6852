"""The pages that start a process."""

from collections.abc import Generator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from pydantic import AwareDatetime, BaseModel, NaiveDatetime, create_model
from pydantic_forms.core import FormPage

from processes.models import Process
from processes.registration import store_workflows
from processes.workflow import FormPage as PageWithNext
from processes.workflow import RunPredicateFail, State, SubmitFormPage, Target
from settings.operations import set_global_lock
from tests.integration.console.pages import hidden_fields, send, show
from tests.integration.engine.throwaway_workflows import adding, define, ticket_form
from tests.integration.subscriptions.stored_subscriptions import allow, store_product, store_subscription


def no_page() -> Generator[type[BaseModel], Any, State]:
    yield from ()
    return {"number": 7}


@pytest.fixture(autouse=True)
def workflows() -> None:
    """Define a workflow with a form, and one without."""
    define("build_path", adding("Work"), form=ticket_form, target=Target.CREATE)
    define("just_work", adding("Work"))
    define("no_page", adding("Work"), form=no_page)
    define("not_for_you", adding("Work"), authorize_callback=lambda context: False)
    store_workflows()


def test_the_workflows_that_the_caller_may_start_are_listed_by_what_they_do(client: Client) -> None:
    words = show(client, "/start/")

    assert words.index("create") < words.index("build path About build_path") < words.index("modify")
    assert "just work About just_work" in words
    assert "not for you" not in words


def test_a_form_is_shown_and_starts_the_process(client: Client) -> None:
    assert "Number" in show(client, "/start/build_path/")
    assert not Process.objects.exists()

    words = send(client, "/start/build_path/", number="7")

    process = Process.objects.get()
    assert process.inputs.get().state["number"] == 7
    assert "build path" in words


def test_a_wrong_value_is_shown_at_its_field_and_starts_nothing(client: Client) -> None:
    answer = client.post("/start/build_path/", {"number": ""})

    assert (answer.status_code, b"aria-invalid" in answer.content) == (422, True)
    assert not Process.objects.exists()


@pytest.mark.parametrize("key", ["just_work", "no_page"])
def test_a_workflow_without_fields_starts_when_asked_and_not_when_looked_at(key: str, client: Client) -> None:
    assert "There is nothing to fill in. Start" in show(client, f"/start/{key}/")
    assert not Process.objects.exists()

    send(client, f"/start/{key}/")

    assert Process.objects.count() == 1


def test_a_subscription_in_the_address_is_filled_in(client: Client) -> None:
    from processes.subscription_workflows import modify_workflow  # noqa: PLC0415

    product = store_product()
    subscription = store_subscription(product=product)
    definition = modify_workflow("Change it")(_change)
    allow(definition, product)

    content = client.get(f"/start/_change/?subscription_id={subscription.pk}").content.decode()

    assert f'value="{subscription.pk}"' in content


def _change() -> Any:
    from processes.workflow import begin  # noqa: PLC0415

    return begin


@pytest.mark.parametrize("key", ["not_for_you", "build_path"])
def test_what_may_not_be_started_says_why(key: str, client: Client) -> None:
    if key == "build_path":
        set_global_lock(True)

    words = show(client, f"/start/{key}/", status=409)

    assert ("Engine is locked" in words) is (key == "build_path")
    assert ("not authorized" in words) is (key == "not_for_you")


class Ask(FormPage):
    number: int


class AskMore(PageWithNext):
    number: int


class AskLast(SubmitFormPage):
    number: int


@pytest.mark.parametrize(
    ("page", "button"), [(AskMore, "Next"), (AskLast, "Start"), (Ask, "Continue")], ids=["another", "last", "unsaid"]
)
def test_the_button_says_what_follows(page: type[BaseModel], button: str, client: Client) -> None:
    define_form("asking", page)

    assert f"{button}</button>" in client.get("/start/asking/").content.decode()


def define_form(name: str, page: type[BaseModel], **options: Any) -> None:
    def form() -> Generator[type[BaseModel], Any, State]:
        filled = yield page
        return dict(filled.model_dump())

    define(name, adding("Work"), form=form, **options)
    store_workflows()


@pytest.mark.parametrize(("has_form", "button"), [(True, "Next"), (False, "Start")])
def test_the_page_that_asks_for_a_subscription_is_the_last_where_the_author_asks_for_nothing(
    has_form: bool, button: str, client: Client
) -> None:
    from processes.subscription_workflows import modify_workflow  # noqa: PLC0415

    modify_workflow("Change it", ticket_form if has_form else None)(_change)
    store_workflows()

    assert f"{button}</button>" in client.get("/start/_change/").content.decode()


def test_while_the_engine_is_locked_what_was_typed_stays(client: Client) -> None:
    set_global_lock(True)

    answer = client.post("/start/build_path/", {"number": "7"})

    content = answer.content.decode()
    assert (answer.status_code, "Engine is locked" in content) == (409, True)
    assert 'name="number" value="7"' in content
    set_global_lock(False)
    send(client, "/start/build_path/", number="7")
    assert Process.objects.count() == 1


def test_what_may_not_be_started_now_keeps_what_was_typed(client: Client) -> None:
    define_form("closed", Ask, run_predicate=lambda context: RunPredicateFail("Not at night"))

    answer = client.post("/start/closed/", {"number": "7"})

    content = answer.content.decode()
    assert (answer.status_code, "Not at night" in content, 'value="7"' in content) == (409, True, True)
    assert not Process.objects.exists()


def test_a_field_may_have_any_name(client: Client) -> None:
    define_form("counting", create_model("Counting", __base__=FormPage, pages=int, key=int))

    send(client, "/start/counting/", **hidden_fields(client, "/start/counting/"), pages="3", key="4")

    state = Process.objects.get().inputs.get().state
    assert (state["pages"], state["key"]) == (3, 4)


def test_a_moment_has_a_time_zone_where_it_must_have_one(client: Client) -> None:
    fields: dict[str, Any] = {"must": AwareDatetime, "may": datetime, "must_not": NaiveDatetime}
    define_form("timed", create_model("Timed", __base__=FormPage, **fields))

    send(client, "/start/timed/", **dict.fromkeys(fields, "2026-03-01T12:30"))

    state = Process.objects.get().inputs.get().state
    assert state["must"] == "2026-03-01T12:30:00Z"
    assert state["may"] == state["must_not"] == "2026-03-01T12:30:00"


def test_no_secret_is_shown_where_a_form_begins_with_one(client: Client) -> None:
    define_form("secret", create_model("Secret", __base__=FormPage, password=(str, "hunter2"), name=(str, "Ada")))

    content = client.get("/start/secret/").content.decode()

    assert ("hunter2" in content, 'value="Ada"' in content) == (False, True)


def test_json_that_is_nested_too_deeply_is_refused(client: Client) -> None:
    define_form("nested", create_model("Nested", __base__=FormPage, anything=dict[str, Any]))

    answer = client.post("/start/nested/", {"anything": "[" * 100_000})

    assert answer.status_code == 422


def test_a_workflow_that_there_is_not(client: Client) -> None:
    assert client.get("/start/nothing/").status_code == 404
