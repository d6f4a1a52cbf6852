"""Pages of forms as HTML fields, and what people send, as the JSON that pydantic-forms takes."""

from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from pydantic import BaseModel, Field, ValidationError
from pydantic_forms.core import FormPage
from pydantic_forms.types import AcceptItemType, SummaryData
from pydantic_forms.validators import (
    Accept,
    Choice,
    ContactPerson,
    DisplaySubscription,
    Divider,
    Hidden,
    Label,
    LongText,
    callout,
    choice_list,
    markdown,
    migration_summary,
    read_only_field,
    read_only_list,
    timestamp,
)

from console.field_kinds import Kind
from console.form_fields import SPARE_ROWS, Errors, FormField, form_fields, group_errors
from console.sent_pages import read_page

SUBSCRIPTION_ID = UUID("c81f3a52-06de-4b7b-8f10-2d94e6a7b302")


class Speed(Choice):
    SLOW = "1", "1 gigabit"
    FAST = "100", "100 gigabit"


class Port(BaseModel):
    name: str
    speed: Speed = Speed.SLOW


class Checklist(Accept):
    data = [
        ("Before", AcceptItemType.LABEL),
        ("Read it", AcceptItemType.CHECKBOX),
        ("And that", AcceptItemType.SUBCHECKBOX),
        ("Maybe", AcceptItemType.OPTIONAL_CHECKBOX),
    ]


class Everything(FormPage):
    title_of_all: Label = "All fields"
    name: Annotated[str, Field(min_length=3, max_length=60, pattern="^[a-z]+$", description="Small letters.")]
    comment: LongText = ""
    count: Annotated[int, Field(ge=1, le=400)] = 10
    share: float = 0.5
    is_urgent: bool = False
    speed: Speed
    one_of_numbers: Literal[1, 2] = 1
    speeds: choice_list(Speed, min_items=1)  # type: ignore[valid-type]
    day: date | None = None
    at: datetime | None = None
    when: timestamp() = 1772323200  # type: ignore[valid-type]
    tags: list[str] = []
    vlans: list[int] = []
    port: Port
    contacts: list[ContactPerson] = []
    anything: dict[str, Any] = {}
    either: int | str | None = None
    nobody: str | None = None
    line: Divider
    secret: Hidden
    agreed: Checklist
    fixed: read_only_field("cannot change")  # type: ignore[valid-type]
    fixed_list: read_only_list([1, 2])  # type: ignore[valid-type]
    notice: callout(header="Mind", message="the gap", message_type="warning")  # type: ignore[valid-type]
    story: markdown(content="**bold** <b>no</b>")  # type: ignore[valid-type]
    table: migration_summary(SummaryData(headers=["Was", "Is"], labels=["Speed"], columns=[["1"], ["10"]]))  # type: ignore[valid-type]
    subscription: DisplaySubscription = SUBSCRIPTION_ID


SCHEMA = Everything.model_json_schema()
SENT = {
    "name": "alpha",
    "comment": "two\nlines",
    "count": "20",
    "share": "0.25",
    "is_urgent": "on",
    "speed": "100",
    "one_of_numbers": "2",
    "speeds": ["1", "100"],
    "day": "2026-03-01",
    "at": "2026-03-01T12:30",
    "when": "2026-03-01T00:00",
    "tags": "a\n\n b ",
    "vlans": "7\n8",
    "port.name": "ams-1",
    "port.speed": "1",
    "contacts.0.name": "Ada",
    "contacts.0.email": "ada@example.org",
    "contacts.0.phone": "",
    "contacts.1.name": "",
    "contacts.1.email": "",
    "contacts.1.phone": "",
    "anything": '{"a": [1]}',
    "either": "5",
    "nobody": "",
    "agreed.1": "on",
    "agreed.2": "on",
}


def sent(**values: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in {**SENT, **values}.items():
        if value != []:
            data.setlist(name, value if isinstance(value, list) else [value])
    return data


def find(fields: list[FormField], name: str) -> FormField:
    return next(shown for shown in fields if shown.name == name)


def test_every_kind_of_field_is_told_apart() -> None:
    kinds = {shown.name: shown.kind for shown in form_fields(SCHEMA)}

    assert kinds == {
        "title_of_all": Kind.LABEL,
        "name": Kind.TEXT,
        "comment": Kind.LONG_TEXT,
        "count": Kind.INTEGER,
        "share": Kind.NUMBER,
        "is_urgent": Kind.CHECKBOX,
        "speed": Kind.CHOICE,
        "one_of_numbers": Kind.CHOICE,
        "speeds": Kind.CHOICES,
        "day": Kind.DATE,
        "at": Kind.DATE_TIME,
        "when": Kind.TIMESTAMP,
        "tags": Kind.LINES,
        "vlans": Kind.LINES,
        "port": Kind.GROUP,
        "contacts": Kind.ROWS,
        "anything": Kind.JSON,
        "either": Kind.JSON,
        "nobody": Kind.TEXT,
        "line": Kind.DIVIDER,
        "secret": Kind.HIDDEN,
        "agreed": Kind.ACCEPT,
        "fixed": Kind.READ_ONLY,
        "fixed_list": Kind.READ_ONLY,
        "notice": Kind.CALLOUT,
        "story": Kind.MARKDOWN,
        "table": Kind.SUMMARY,
        "subscription": Kind.SUBSCRIPTION,
    }


def test_what_people_send_validates_as_the_page() -> None:
    page = Everything.model_validate(read_page(SCHEMA, sent()))

    assert (page.name, page.comment, page.count, page.share, page.is_urgent) == ("alpha", "two\nlines", 20, 0.25, True)
    assert (page.speed, page.one_of_numbers, page.speeds) == (Speed.FAST, 2, [Speed.SLOW, Speed.FAST])
    assert (page.day, page.at, page.when) == (date(2026, 3, 1), datetime(2026, 3, 1, 12, 30), 1772323200)
    assert (page.tags, page.vlans, page.port) == (["a", "b"], [7, 8], Port(name="ams-1", speed=Speed.SLOW))
    assert page.contacts == [ContactPerson(name="Ada", email="ada@example.org", phone="")]
    assert (page.anything, page.either, page.nobody, page.agreed) == ({"a": [1]}, 5, None, "ACCEPTED")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("count", "ten"),
        ("count", "nan"),
        ("share", "1,5"),
        ("speed", "fast"),
        ("one_of_numbers", "3"),
        ("vlans", "7\nx"),
        ("when", "soon"),
        ("day", "soon"),
        ("anything", "{"),
        ("agreed.1", []),
    ],
)
def test_what_does_not_fit_comes_back_with_an_error_at_its_field(name: str, text: Any) -> None:
    page = read_page(SCHEMA, sent(**{name: text}))

    with pytest.raises(ValidationError) as refused:
        Everything.model_validate(page)
    errors = group_errors(refused.value.errors())
    field = name.partition(".")[0]
    assert [shown.name for shown in form_fields(SCHEMA, page, errors) if shown.errors] == [field]


def test_what_is_left_empty_keeps_its_default() -> None:
    page = read_page(SCHEMA, sent(count="", comment="", day="", either=""))

    assert "count" not in page
    assert Everything.model_validate(page).count == 10
    assert (page["day"], page["either"]) == (None, None)


def test_a_refused_page_shows_what_was_typed() -> None:
    page = read_page(SCHEMA, sent(name="X", vlans="7\n8"))

    fields = form_fields(SCHEMA, page, {("name",): ["too short"]})

    assert 'value="X"' in find(fields, "name").control
    assert "7\n8" in find(fields, "vlans").control
    assert 'value="2026-03-01T00:00"' in find(fields, "when").control
    assert find(fields, "name").errors == ["too short"]


def test_a_refused_page_shows_all_that_is_only_shown_and_what_was_ticked() -> None:
    filled_in = sent(**{"agreed.2": []})
    errors: Errors = {("agreed",): ["Not all tasks are done"], ("fixed",): ["no"]}
    fields = form_fields(SCHEMA, read_page(SCHEMA, filled_in), errors, filled_in)

    html = render_to_string("console/form.html", {"form_page": {"fields": fields}, "action": "/"})

    for text in (
        "the gap",
        "<strong>bold</strong>",
        "All fields",
        "cannot change",
        f"/subscriptions/{SUBSCRIPTION_ID}/",
    ):
        assert text in html
    assert 'name="agreed.1" checked>' in html
    assert 'name="agreed.2">' in html
    assert '<p class="fault" id="field-fixed-errors">no</p>' in html


def test_a_control_says_what_may_be_typed_and_what_describes_it() -> None:
    control = find(form_fields(SCHEMA, errors={("name",): ["no"]}), "name").control

    for attribute in ('minlength="3"', 'maxlength="60"', 'pattern="^[a-z]+$"', "required", 'aria-invalid="true"'):
        assert attribute in control
    assert 'aria-describedby="field-name-help field-name-errors"' in control


def test_an_error_inside_a_group_is_at_its_own_field() -> None:
    (group,) = (shown for shown in form_fields(SCHEMA, None, {("port", "name"): ["no"]}) if shown.name == "port")

    assert (group.errors, find(list(group.children), "port.name").errors) == ([], ["no"])


def test_an_error_of_a_whole_group_is_at_the_group_and_one_of_the_page_at_nothing() -> None:
    entries = [{"loc": ("port", "__root__"), "msg": "no"}, {"loc": ("__root__",), "msg": "nothing fits"}]

    assert group_errors(entries) == {("port",): ["no"], (): ["nothing fits"]}


def test_the_end_of_a_line_is_one_character() -> None:
    assert read_page(SCHEMA, sent(comment="two\r\nlines"))["comment"] == "two\nlines"


@pytest.mark.parametrize(("stored", "shown"), [(0, SPARE_ROWS), (3, 3 + SPARE_ROWS)])
def test_a_list_of_objects_has_rows_to_spare(stored: int, shown: int) -> None:
    people = [{"name": "Ada", "email": "a@example.org"}] * stored

    assert len(find(form_fields(SCHEMA, {"contacts": people}), "contacts").children) == shown


class Kinds(Enum):
    A = "a"


class Bounded(FormPage):
    two: Annotated[list[Port], Field(min_length=1, max_length=2)]
    enum: Kinds | None = None


def test_a_list_of_objects_has_no_more_rows_than_it_may() -> None:
    assert len(find(form_fields(Bounded.model_json_schema()), "two").children) == 2


def test_a_choice_that_may_be_left_open_is_null() -> None:
    assert read_page(Bounded.model_json_schema(), QueryDict("two.0.name=a&two.0.speed=1&enum="))["enum"] is None


def test_the_templates_show_every_field() -> None:
    fields = form_fields(SCHEMA)
    html = render_to_string("console/form.html", {"form_page": {"fields": fields, "pages": "[]"}, "action": "/"})

    for text in ("All fields", "Small letters.", "100 gigabit", "cannot change", "1, 2", "the gap", "Read it"):
        assert text in html
    assert "<strong>bold</strong> &lt;b&gt;no&lt;/b&gt;" in html
    assert f"/subscriptions/{SUBSCRIPTION_ID}/" in html
    assert html.count('<th scope="row">Speed</th><td>1</td><td>10</td>') == 1
    assert datetime.fromtimestamp(1772323200, UTC).isoformat()[:16] in html
