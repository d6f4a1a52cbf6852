"""Walk the forms of workflows and input steps, whose code is an author's: which page is next, and what they add."""

import logging
import uuid
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from pydantic_forms.exceptions import FormException

from processes.errors import FormFailedError, WorkflowNotFoundError
from processes.queries import get_process, get_progress
from processes.statuses import ProcessStatus
from processes.workflow import Workflow
from processes.workflow.forms import AskedPage, Form, next_page, submit
from processes.workflow.registry import WORKFLOWS
from processes.workflow.state import State

T = TypeVar("T")

logger = logging.getLogger(__name__)


def find_workflow(workflow_key: str) -> Workflow:
    """Return the workflow.

    Raises:
        WorkflowNotFoundError: there is no such workflow.
    """
    workflow = WORKFLOWS.find(workflow_key)
    if workflow is None:
        raise WorkflowNotFoundError
    return workflow


def initial_state(workflow: Workflow, process_id: UUID, reporter: str) -> State:
    """Return the state with which a process begins, and which its form is asked with."""
    return {
        "process_id": str(process_id),
        "reporter": reporter,
        "workflow_name": workflow.name,
        "workflow_target": workflow.target.value,
    }


def get_start_page(workflow_key: str, pages: list[State], reporter: str) -> AskedPage | None:
    """Return the page that a start takes after these, None after the last; also while nothing may be started.

    Raises:
        WorkflowNotFoundError: there is no such workflow.
        FormValidationError, FormOverflowError, FormFailedError: as ``submit_pages``.
    """
    workflow = find_workflow(workflow_key)
    return _next_page(workflow.initial_form, initial_state(workflow, uuid.uuid4(), reporter), pages)


def get_resume_page(process_id: UUID, pages: list[State]) -> AskedPage | None:
    """Return the page that a resume takes after these, None after the last, and where it takes none.

    Raises:
        ProcessNotFoundError: there is no such process.
        FormValidationError, FormOverflowError, FormFailedError: as ``submit_pages``.
    """
    process = get_process(process_id)
    at, _ = get_progress(process)
    if process.status is not ProcessStatus.SUSPENDED or at.form is None:
        return None
    return _next_page(at.form, at.current_state, pages)


def submit_pages(form: Form, state: State, pages: list[State]) -> State:
    """Return the state with what the pages add to it.

    Raises:
        FormNotCompleteError, FormValidationError, FormOverflowError: see ``workflow.forms.submit``.
        FormFailedError: the form's own code raised.
    """
    return guarded(lambda: submit(form, state, pages), form.__qualname__)


def guarded(walk: Callable[[], T], form_name: str) -> T:
    """Return what ``walk`` does with a form of that name.

    The form is an author's code, which may raise anything; the caller must learn that it is not at fault.

    Raises:
        FormException: what ``walk`` raises of this kind.
        FormFailedError: it raised anything else.
    """
    try:
        return walk()
    except FormException:
        raise
    except Exception as error:
        logger.warning("The form %s failed", form_name, exc_info=True)
        raise FormFailedError from error


def _next_page(form: Form, state: State, pages: list[State]) -> AskedPage | None:
    return guarded(lambda: next_page(form, state, pages), form.__qualname__)
