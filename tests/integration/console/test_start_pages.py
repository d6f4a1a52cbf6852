"""The pages that start a process."""

from collections.abc import Generator
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel

from processes.models import Process
from processes.registration import store_workflows
from processes.workflow import State, Target
from settings.operations import set_global_lock
from tests.integration.console.pages import send, show
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

    words = send(client, "/start/build_path/", number="7", pages="[]")

    process = Process.objects.get()
    assert process.inputs.get().state["number"] == 7
    assert "build path" in words


def test_a_wrong_value_is_shown_at_its_field_and_starts_nothing(client: Client) -> None:
    answer = client.post("/start/build_path/", {"number": "", "pages": "[]"})

    assert (answer.status_code, b"aria-invalid" in answer.content) == (422, True)
    assert not Process.objects.exists()


@pytest.mark.parametrize("key", ["just_work", "no_page"])
def test_a_workflow_without_fields_starts_when_asked_and_not_when_looked_at(key: str, client: Client) -> None:
    assert "There is nothing to fill in. Start" in show(client, f"/start/{key}/")
    assert not Process.objects.exists()

    send(client, f"/start/{key}/", pages="[]")

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


def test_a_workflow_that_there_is_not(client: Client) -> None:
    assert client.get("/start/nothing/").status_code == 404
