"""Dates with times in forms: in UTC, to the second, and as they were while nobody touches them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.http import QueryDict
from pydantic import AwareDatetime
from pydantic_forms.core import FormPage
from pydantic_forms.validators import timestamp

from console.form_fields import form_fields
from console.moments import put_in_utc
from console.sent_pages import read_page

ZONE = timezone(timedelta(hours=2))


class Moments(FormPage):
    when: timestamp() = 1700000030  # type: ignore[valid-type]
    aware: AwareDatetime = datetime(2026, 3, 1, 12, 0, 45, 5, tzinfo=ZONE)
    whole: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    naive: datetime = datetime(2026, 3, 1, 12, 0, 45)


SCHEMA = Moments.model_json_schema()
SHOWN = {
    "when": "2023-11-14T22:13:50",
    "aware": "2026-03-01T10:00:45",
    "whole": "2026-03-01T12:00",
    "naive": "2026-03-01T12:00:45",
}


def sent(**values: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(SHOWN | values)
    return data


def test_they_are_shown_in_utc_and_with_seconds_where_there_are_any() -> None:
    fields = form_fields(SCHEMA)

    assert {field.name: field.value for field in fields} == SHOWN
    assert {field.name for field in fields if 'step="1"' in field.control} == {"when", "aware", "naive"}
    assert {field.hint for field in fields} == {"In UTC."}


def test_what_nobody_touches_is_sent_as_it_was() -> None:
    page = Moments.model_validate(read_page(SCHEMA, sent()))

    assert page == Moments()
    assert (page.aware.utcoffset(), page.aware.microsecond) == (timedelta(hours=2), 5)


def test_what_is_typed_has_a_time_zone_where_the_default_has_one() -> None:
    typed = dict.fromkeys(("when", "aware", "whole", "naive"), "2026-03-01T12:30")

    page = Moments.model_validate(read_page(SCHEMA, sent(**typed)))

    moment = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert (page.when, page.aware, page.whole) == (moment.timestamp(), moment, moment)
    assert page.naive == datetime(2026, 3, 1, 12, 30)


@pytest.mark.parametrize("text", ["soon", "0001-01-01T00:00:00+02:00"])
def test_what_is_no_moment_is_shown_and_sent_as_it_is(text: str) -> None:
    (field,) = (field for field in form_fields(SCHEMA, {"aware": text}) if field.name == "aware")

    assert field.value == text
    assert read_page(SCHEMA, sent(aware="soon"))["aware"] == "soon"


def test_a_moment_gets_its_time_zone_wherever_it_stands() -> None:
    page: dict[str, Any] = {"at": "2026-03-01T12:30", "rows": [{"at": "2026-03-01T12:30:05"}], "text": "soon"}

    for location in (["at"], ["rows", 0, "at"], ["text"], ["at", "datetime"], ["rows", 7, "at"]):
        put_in_utc(page, location)  # type: ignore[arg-type]

    assert page == {
        "at": "2026-03-01T12:30:00+00:00",
        "rows": [{"at": "2026-03-01T12:30:05+00:00"}],
        "text": "soon",
    }
