"""Forms with several pages, and ``POST /api/forms/{form_key}``: REST contract, section 5."""

from collections.abc import Generator
from typing import Any

import pytest
from pydantic_forms.core.shared import FORMS

from processes.models import Process
from processes.statuses import ProcessStatus
from processes.workflow import Assignee, FormPage, State, SubmitFormPage, inputstep
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, problem


# Without docstrings, which would become part of their schemas.
class Where(FormPage):
    city: str


class HowFast(SubmitFormPage):
    gbit: int


def two_pages(state: State) -> Generator[type[FormPage], Any, State]:
    where = yield Where
    how_fast = yield HowFast
    return {**where.model_dump(), **how_fast.model_dump()}


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the form for one test."""
    monkeypatch.setitem(FORMS, "order", two_pages)


def starting() -> str:
    define("ordered", adding("Work"), form=two_pages)
    return "/api/processes/ordered"


def resuming() -> str:
    ask = inputstep("Ask", assignee=Assignee.NOC)(two_pages)
    return f"/api/processes/{store_in_status(define('asked', ask), ProcessStatus.SUSPENDED).pk}/resume"


def alone() -> str:
    return "/api/forms/order"


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("prepare", [starting, resuming, alone])
@pytest.mark.parametrize(
    ("pages", "status", "field", "meta"),
    [
        pytest.param([{"city": "Ams"}], 510, "gbit", {"hasNext": False}, id="second-page"),
        pytest.param([{"city": 5}], 400, None, None, id="bad-first-page"),
        pytest.param([{"city": "Ams"}, {"gbit": "x"}], 400, None, None, id="bad-second-page"),
    ],
)
def test_a_form_asks_for_its_pages_one_after_the_other(
    prepare: Any, pages: list[State], status: int, field: str | None, meta: Any, api: Api
) -> None:
    path = prepare()

    answer = api.send("PUT" if path.endswith("resume") else "POST", path, pages)

    assert answer.status == status
    if status == 510:
        assert (list(answer.body["form"]["properties"]), answer.body["meta"]) == ([field], meta)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("prepare", [starting, alone])
def test_no_page_asks_for_the_first_and_says_that_another_follows(prepare: Any, api: Api) -> None:
    answer = api.post(prepare(), [])

    assert answer.status == 510
    assert (list(answer.body["form"]["properties"]), answer.body["meta"]) == (["city"], {"hasNext": True})


@pytest.mark.usefixtures("transactional_db")
def test_all_pages_of_a_resume_together_are_merged_into_the_state(api: Api) -> None:
    path = resuming()

    assert api.put(path, [{"city": "Ams"}, {"gbit": 10}]).status == 204

    state = Process.objects.get().steps.latest("pk").state
    assert (state["city"], state["gbit"]) == ("Ams", 10)


@pytest.mark.usefixtures("registered")
def test_a_form_of_its_own_answers_its_result(api: Api) -> None:
    answer = api.post("/api/forms/order", [{"city": "Ams"}, {"gbit": 10}])

    assert (answer.status, answer.body) == (200, {"city": "Ams", "gbit": 10})


def test_a_form_that_nobody_registered_is_not_found(api: Api) -> None:
    starting()

    for key in ("nothing", "ordered"):
        answer = api.post(f"/api/forms/{key}", [])
        assert (answer.status, answer.body["detail"]) == (404, f"Form {key} does not exist.")


def test_a_form_that_breaks_is_a_failure(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def make_page() -> type[FormPage]:
        raise LookupError("no such customer")

    def broken(state: State) -> Generator[type[FormPage], Any, State]:
        yield make_page()
        return {}

    monkeypatch.setitem(FORMS, "broken", broken)

    answer = api.post("/api/forms/broken", [])

    assert answer.body == problem(500, "Internal Server Error", "The form of this workflow failed, the log says why")
