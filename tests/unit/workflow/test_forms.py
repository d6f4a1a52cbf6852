"""Forms: pages are asked for one after the other, checked, and merged into the state."""

from collections.abc import Callable, Generator
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import ConfigDict, Field
from pydantic_forms.core import FormPage
from pydantic_forms.core.shared import FORMS
from pydantic_forms.exceptions import FormNotCompleteError, FormNotFoundError, FormOverflowError, FormValidationError

from processes.workflow import FormPage as PageWithNext
from processes.workflow import State, SubmitFormPage
from processes.workflow.errors import MissingStateKeyError, WorkflowDefinitionError
from processes.workflow.forms import empty_form, form, next_page, submit, submit_registered

ID = "5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01"


class WherePage(FormPage):
    model_config = ConfigDict(title="Where")

    device: UUID


class HowFastPage(FormPage):
    model_config = ConfigDict(title="How fast")

    gbit: Annotated[int, Field(le=400)] = 10


@form
def two_pages(customer: str) -> Generator[type[FormPage], Any, State]:
    where = yield WherePage
    how_fast = yield HowFastPage
    return {"for": customer, **where.model_dump(), **how_fast.model_dump()}


@form
def single_page() -> type[FormPage]:
    return HowFastPage


@form
def no_page() -> Generator[type[FormPage], Any, State]:
    pages: list[type[FormPage]] = []
    yield from pages
    return {"asked": False}


STATE = {"customer": "Harbor"}


class TestSubmit:
    def test_all_pages_are_merged_into_the_state_as_json(self) -> None:
        result = submit(two_pages, STATE, [{"device": ID.upper()}, {"gbit": "40"}])
        assert result == {"customer": "Harbor", "for": "Harbor", "device": ID, "gbit": 40}

    def test_defaults_fill_what_was_left_out(self) -> None:
        assert submit(two_pages, STATE, [{"device": ID}, {}])["gbit"] == 10

    def test_a_function_that_returns_a_page_is_a_form_of_one_page(self) -> None:
        assert submit(single_page, STATE, [{"gbit": 20}]) == {"customer": "Harbor", "gbit": 20}

    def test_a_form_without_pages_takes_no_input(self) -> None:
        assert submit(no_page, STATE, []) == {"customer": "Harbor", "asked": False}

    @pytest.mark.parametrize(
        ("pages", "title"),
        [([], "Where"), ([{"device": ID}], "How fast")],
        ids=["no-page", "one-page"],
    )
    def test_the_next_page_is_asked_for_while_one_is_missing(self, pages: list[State], title: str) -> None:
        with pytest.raises(FormNotCompleteError) as caught:
            submit(two_pages, STATE, pages)
        assert caught.value.form["title"] == title

    @pytest.mark.parametrize(
        ("pages", "location"),
        [
            ([{"device": "none"}], ("device",)),
            ([{}], ("device",)),
            ([{"device": ID}, {"gbit": 900}], ("gbit",)),
            ([{"device": ID, "color": "red"}], ("color",)),
            ([{"device": "none"}, {"gbit": 900}], ("device",)),
        ],
        ids=["malformed", "missing", "second-page", "unknown-field", "first-bad-page-only"],
    )
    def test_a_page_that_does_not_validate_is_refused(self, pages: list[State], location: tuple[str]) -> None:
        with pytest.raises(FormValidationError) as caught:
            submit(two_pages, STATE, pages)
        assert [entry["loc"] for entry in caught.value.errors] == [location]

    def test_more_pages_than_the_form_has_are_refused(self) -> None:
        with pytest.raises(FormOverflowError, match=r"^Did not process all user_inputs \(1 remaining\)$"):
            submit(two_pages, STATE, [{"device": ID}, {}, {}])

    def test_the_given_state_is_not_changed(self) -> None:
        state = dict(STATE)
        submit(two_pages, state, [{"device": ID}, {}])
        assert state == STATE


class TestEmptyForm:
    def test_it_asks_for_a_page_without_fields(self) -> None:
        with pytest.raises(FormNotCompleteError) as caught:
            submit(empty_form, STATE, [])
        assert caught.value.form == {"additionalProperties": False, "properties": {}, "title": "unknown"} | {
            "type": "object"
        }

    def test_one_empty_page_adds_nothing(self) -> None:
        assert submit(empty_form, STATE, [{}]) == STATE

    def test_a_field_is_refused(self) -> None:
        with pytest.raises(FormValidationError):
            submit(empty_form, STATE, [{"gbit": 1}])


class TestNextPage:
    def test_it_is_the_schema_that_the_browser_draws(self) -> None:
        page = next_page(single_page, STATE, [])
        assert page is not None
        assert page.schema == {
            "additionalProperties": False,
            "properties": {"gbit": {"default": 10, "maximum": 400, "title": "Gbit", "type": "integer"}},
            "title": "How fast",
            "type": "object",
        }

    def test_there_is_none_after_the_last(self) -> None:
        assert next_page(no_page, STATE, []) is None
        assert next_page(single_page, STATE, [{"gbit": 10}]) is None

    def test_a_form_may_be_made_from_the_state(self) -> None:
        @form
        def titled(customer: str) -> type[FormPage]:
            return type("Titled", (FormPage,), {"model_config": ConfigDict(title=customer)})

        page = next_page(titled, STATE, [])
        assert page is not None
        assert page.schema["title"] == "Harbor"


class TestWhetherAnotherPageFollows:
    @pytest.mark.parametrize(
        ("base", "meta"),
        [(FormPage, None), (PageWithNext, {"hasNext": True}), (SubmitFormPage, {"hasNext": False})],
        ids=["unsaid", "another", "last"],
    )
    def test_the_page_says_so(self, base: type[FormPage], meta: Any) -> None:
        @form
        def asking() -> type[FormPage]:
            return type("Asking", (base,), {})

        with pytest.raises(FormNotCompleteError) as caught:
            submit(asking, {}, [])
        assert caught.value.meta == meta


class TestRegisteredForms:
    @pytest.fixture(autouse=True)
    def registered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def label_form(state: State) -> Generator[type[FormPage], Any, State]:
            page = yield HowFastPage
            return {"key": state["form_key"], "user": state["user_model"], **page.model_dump()}

        monkeypatch.setitem(FORMS, "unit_label", label_form)

    def test_its_result_is_what_it_returns(self) -> None:
        assert submit_registered("unit_label", [{"gbit": 7}], None) == {"key": "unit_label", "user": None, "gbit": 7}

    def test_it_asks_page_by_page(self) -> None:
        with pytest.raises(FormNotCompleteError):
            submit_registered("unit_label", [], None)

    def test_one_that_nobody_registered_is_named(self) -> None:
        with pytest.raises(FormNotFoundError, match=r"^Form nothing does not exist\.$"):
            submit_registered("nothing", [], None)


class TestDefinition:
    def test_a_form_keeps_the_name_of_its_function(self) -> None:
        assert (two_pages.__name__, empty_form.__name__) == ("two_pages", "empty_form")

    def test_a_key_that_the_state_does_not_have_is_named(self) -> None:
        with pytest.raises(MissingStateKeyError, match="'customer'"):
            submit(two_pages, {}, [])

    def test_parameters_that_name_no_key_are_refused_at_once(self) -> None:
        with pytest.raises(WorkflowDefinitionError, match="names no state key"):
            form(lambda *anything: FormPage)

    @pytest.mark.parametrize("returned", [None, [], FormPage()], ids=["nothing", "list", "page"])
    def test_a_generator_that_returns_no_dict_is_refused(self, returned: Any) -> None:
        def wrong() -> Generator[type[FormPage], Any, Any]:
            yield FormPage
            return returned

        with pytest.raises(WorkflowDefinitionError, match=r"wrong\(\) must return a dict$"):
            submit(form(wrong), {}, [{}])

    def test_what_the_author_raises_is_passed_on(self) -> None:
        def wrong() -> type[FormPage]:
            raise LookupError("no such customer")

        broken: Callable[..., Any] = form(wrong)
        with pytest.raises(LookupError, match="no such customer"):
            submit(broken, {}, [{}])
