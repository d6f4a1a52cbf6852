"""Forms of workflows and input steps: generator functions that yield ``FormPage`` classes."""

import inspect
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any, ClassVar, NamedTuple, TypeAlias

from pydantic import BaseModel
from pydantic_forms.core import FormPage as BareFormPage
from pydantic_forms.core import post_form, start_form
from pydantic_forms.exceptions import FormNotCompleteError
from pydantic_forms.types import FormMeta

from processes.workflow.arguments import Arguments
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.state import State, merge

Form: TypeAlias = Callable[[State], Generator[type[BaseModel], Any, State]]
"""Called with a state, yields pages, returns the state with the user's input merged into it."""


class AskedPage(NamedTuple):
    """A page that a form asks for."""

    schema: State
    meta: FormMeta | None
    """What the page says of itself."""


class FormPage(BareFormPage):
    """A page after which another one follows."""

    meta__: ClassVar[FormMeta | None] = {"hasNext": True}


class SubmitFormPage(FormPage):
    """The last page of a form."""

    meta__: ClassVar[FormMeta | None] = {"hasNext": False}


def form(function: Callable[..., Any]) -> Form:
    """Return an author's form function in the shape that pydantic-forms walks.

    The function names the state keys it wants, as a step function does. It is a generator that yields pages and
    returns a dict, or a plain function that returns a single page.

    Raises:
        WorkflowDefinitionError: its parameters name no state keys.
    """
    arguments = Arguments(function)

    @wraps(function)
    def walk(state: State) -> Generator[type[BaseModel], Any, State]:
        picked = arguments.pick(state)
        if inspect.isgeneratorfunction(function):
            result = yield from function(**picked)
        else:
            result = (yield function(**picked)).model_dump()
        if not isinstance(result, dict):
            raise WorkflowDefinitionError(f"{function.__qualname__}() must return a dict")
        return merge(state, result)

    return walk


def empty_form(state: State) -> Generator[type[BaseModel], Any, State]:
    """Stand in for the form of a workflow that has none: one page without fields."""
    yield BareFormPage
    return state


def submit(form: Form, state: State, pages: list[State]) -> State:
    """Return the state with what the pages add to it.

    Raises:
        FormNotCompleteError: there are more pages to fill in; it holds the schema of the next one.
        FormValidationError: a page does not validate.
        FormOverflowError: there are more pages than the form has.
    """
    return post_form(form, state, pages)


def submit_registered(form_key: str, pages: list[State], user: Any) -> State:
    """Return what the form registered under the key (``pydantic_forms.core.register_form``) makes of the pages.

    Raises:
        FormNotFoundError: there is no such form.
        FormNotCompleteError, FormValidationError, FormOverflowError: as ``submit``.
    """
    return start_form(form_key, user_inputs=pages, user=getattr(user, "name", ""), user_model=user)


def next_page(form: Form, state: State, pages: list[State]) -> AskedPage | None:
    """Return the page that the form asks for after these, None after its last one; raises as ``submit``."""
    try:
        submit(form, state, pages)
    except FormNotCompleteError as missing:
        return AskedPage(missing.form, missing.meta)
    return None
