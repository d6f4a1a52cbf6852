"""Who may start, resume or retry: the callbacks of workflows and steps."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from asgiref.sync import async_to_sync

if TYPE_CHECKING:
    from processes.workflow.definition import Workflow
    from processes.workflow.steps import Step


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthContext:
    """What an authorizer is asked about; ``step`` is None for a start, ``user`` where nobody is authenticated."""

    user: Any
    action: Literal["start_workflow", "resume_workflow", "retry_workflow"]
    workflow: Workflow
    step: Step | None = None


Authorizer: TypeAlias = Callable[[AuthContext], Awaitable[bool] | bool]
"""Says whether the user may; a coroutine function or a plain one."""


def allow(context: AuthContext) -> bool:
    """Let everybody pass: what holds where nothing is said."""
    return True


def is_allowed(authorizer: Authorizer, context: AuthContext) -> bool:
    """Ask the authorizer, a coroutine function on an event loop. Any thread without a running loop."""
    answer = authorizer(context)
    return async_to_sync(_wait)(answer) if inspect.isawaitable(answer) else answer


def resume_authorizer(workflow: Workflow, steps: Iterable[Step]) -> Authorizer:
    """Return who decides on a resume: the step that named one last, else the workflow.

    ``steps`` are those the process has come to, the one to resume last.
    """
    return _last((step.resume_auth_callback for step in steps), workflow.authorize_callback)


def retry_authorizer(workflow: Workflow, steps: Iterable[Step]) -> Authorizer:
    """Return who decides on a retry: the step that named one last, for retries or else resumes; else the workflow."""
    named = (step.retry_auth_callback or step.resume_auth_callback for step in steps)
    return _last(named, workflow.retry_auth_callback)


def asks_about_retries(workflow: Workflow) -> bool:
    """Return whether anybody is ever asked about a retry."""
    parts = (part for step in workflow.steps for part in (step, *step.sub_steps))
    named = (asked for part in parts for asked in (part.retry_auth_callback, part.resume_auth_callback))
    return any(asked not in (None, allow) for asked in (workflow.retry_auth_callback, *named))


def _last(authorizers: Iterable[Authorizer | None], default: Authorizer) -> Authorizer:
    return [default, *filter(None, authorizers)][-1]


async def _wait(answer: Awaitable[bool]) -> bool:
    return await answer
