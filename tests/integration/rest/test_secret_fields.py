"""A form with a secret field: no answer tells what the field should hold."""

from collections.abc import Generator
from typing import Any, Literal

import pytest
from pydantic_forms.core import FormPage
from pydantic_forms.exceptions import FormException

from orchestrator_ws.problem_details import handle_exception
from processes.workflow.forms import submit
from processes.workflow.state import State


class Login(FormPage):
    """A page as an author writes it."""

    user: Literal["jane"] = "jane"
    password: Literal["s3cr3t"] = "s3cr3t"


def login_form(state: State) -> Generator[type[FormPage], Any, State]:
    """Ask for both."""
    page = yield Login
    return dict(page.model_dump())


@pytest.mark.parametrize(
    ("pages", "status"), [([], 510), ([{"user": "joe", "password": "guess"}], 400)], ids=["asked for", "wrong"]
)
def test_no_answer_tells_the_secret(pages: list[State], status: int) -> None:
    with pytest.raises(FormException) as raised:
        submit(login_form, {}, pages)

    answer = handle_exception(raised.value, {})

    assert answer is not None
    assert answer.status_code == status
    assert "s3cr3t" not in str(answer.data)
    assert "guess" not in str(answer.data)
    assert "jane" in str(answer.data)
