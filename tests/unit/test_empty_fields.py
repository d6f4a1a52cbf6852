"""What is left empty in a form, and what is sent of it."""

from typing import Annotated, Any, Literal

import pytest
from django.http import QueryDict
from pydantic import BaseModel, Field, ValidationError
from pydantic_forms.core import FormPage

from console.form_fields import FormField, form_fields, group_errors
from console.sent_pages import read_page


class Port(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    vlan: int = 1
    is_tagged: bool = True


class Ports(FormPage):
    ports: list[Port] = []
    spare: Port | None = None
    main: Port = Port(name="ams-1")


SCHEMA = Ports.model_json_schema()


def browser_sends(fields: list[FormField], **typed: str) -> QueryDict:
    """Return what a browser sends of the fields: what they show, but for what a person types."""
    data = QueryDict(mutable=True)
    for field in _controls(fields):
        value = field.value
        if field.kind != "checkbox":
            data[field.name] = "" if value is None else str(value)
        elif value:
            data[field.name] = "on"
    for name, text in typed.items():
        data[name] = text
    return data


def _controls(fields: list[FormField]) -> list[FormField]:
    return [leaf for field in fields for leaf in (_controls(list(field.children)) if field.children else [field])]


def test_what_nobody_touches_stays_as_it_is() -> None:
    page = Ports.model_validate(read_page(SCHEMA, browser_sends(form_fields(SCHEMA))))

    assert (page.ports, page.spare, page.main) == ([], None, Port(name="ams-1"))


def test_one_row_that_is_filled_in_is_one_object_with_the_defaults_of_the_rest() -> None:
    sent = browser_sends(form_fields(SCHEMA), **{"ports.1.name": "ams-2", "ports.1.is_tagged": "on"})

    assert Ports.model_validate(read_page(SCHEMA, sent)).ports == [Port(name="ams-2")]


def test_a_row_that_came_filled_in_is_kept_and_one_that_was_emptied_is_left_out() -> None:
    fields = form_fields(SCHEMA, {"ports": [{"name": "a", "vlan": 1, "is_tagged": False}, {"name": "b", "vlan": 2}]})
    sent = browser_sends(fields, **{"ports.1.name": "", "ports.1.vlan": ""})

    assert read_page(SCHEMA, sent)["ports"] == [{"name": "a", "vlan": 1, "is_tagged": False}]


def test_an_object_that_may_be_none_is_there_once_anything_in_it_is_filled_in() -> None:
    page = read_page(SCHEMA, browser_sends(form_fields(SCHEMA), **{"spare.vlan": "7"}))

    with pytest.raises(ValidationError) as refused:
        Ports.model_validate(page)
    assert list(group_errors(refused.value.errors())) == [("spare", "name")]


class Words(FormPage):
    must: str
    may: str = "default"
    null: str | None = "default"
    many: list[str] | None = None
    some: list[str] = ["a"]
    number: int
    anything: Any


def test_what_must_be_filled_in_and_is_not_is_missing() -> None:
    page = read_page(Words.model_json_schema(), QueryDict("must=&may=&null=&many=&some=&number=&anything="))

    assert page == {"null": None, "many": None, "some": []}
    with pytest.raises(ValidationError) as refused:
        Words.model_validate(page)
    assert group_errors(refused.value.errors()) == {
        (name,): ["Field required"] for name in ("must", "number", "anything")
    }


def test_null_that_is_typed_is_sent() -> None:
    assert read_page(Words.model_json_schema(), QueryDict("anything=null"))["anything"] is None


class Fixed(FormPage):
    kind: Literal["port"]
    chosen: Literal["x"] = "x"


def test_the_only_value_that_a_field_may_have_is_sent() -> None:
    page = read_page(Fixed.model_json_schema(), QueryDict())

    assert page == {"kind": "port"}
    assert Fixed.model_validate(page).chosen == "x"


class Open(FormPage):
    kind: Literal["port"] | None = None


@pytest.mark.parametrize(("sent", "kind"), [("kind=", None), ("kind=port", "port")])
def test_one_value_or_none_is_a_choice(sent: str, kind: str | None) -> None:
    (field,) = form_fields(Open.model_json_schema())

    assert field.choices == [("port", "port")]
    assert read_page(Open.model_json_schema(), QueryDict(sent)) == {"kind": kind}


@pytest.mark.parametrize("number", ["9" * 5000, "x"])
def test_a_row_that_no_form_has_is_no_fault(number: str) -> None:
    page = read_page(SCHEMA, QueryDict(f"ports.2.name=c&ports.{number}.name=d&ports.10.name=e"))

    assert [port["name"] for port in page["ports"]][:2] == ["c", "e"]
