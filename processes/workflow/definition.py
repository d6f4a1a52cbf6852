"""Workflows: a name, steps, perhaps a form; ``@workflow`` defines and registers one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from processes.workflow.authorization import Authorizer, allow
from processes.workflow.enums import Target
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.forms import Form, empty_form, form
from processes.workflow.registry import WORKFLOWS
from processes.workflow.steps import StepList, abort, done


@dataclass(frozen=True, slots=True)
class RunPredicatePass:
    """The workflow may be started now."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class RunPredicateFail:
    """The workflow may not be started now; the caller reads the message."""

    message: str

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class PredicateContext:
    """What a run predicate is asked about."""

    workflow: Workflow
    workflow_key: str


RunPredicateResult: TypeAlias = RunPredicatePass | RunPredicateFail
RunPredicate: TypeAlias = Callable[[PredicateContext], RunPredicateResult]


MAX_NAME_LENGTH = 255
"""What the database holds of the name of a workflow, a step or a sub-step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """A definition; ``initial_form`` always exists, with one empty page where the author gave none."""

    name: str
    description: str
    steps: StepList
    initial_form: Form
    target: Target
    is_task: bool
    authorize_callback: Authorizer = allow
    retry_auth_callback: Authorizer = allow
    run_predicate: RunPredicate | None = None


def workflow(  # noqa: PLR0913  the parameters are part of the language
    description: str = "",
    initial_input_form: Callable[..., Any] | None = None,
    target: Target = Target.SYSTEM,
    authorize_callback: Authorizer | None = None,
    retry_auth_callback: Authorizer | None = None,
    run_predicate: RunPredicate | None = None,
    *,
    is_task: bool = False,
) -> Callable[[Callable[[], StepList]], Workflow]:
    """Register the workflow whose steps the function returns, under the function's name.

    ``authorize_callback`` decides who may start and resume it, ``retry_auth_callback`` (else the same) who may retry
    it, and ``run_predicate`` whether it may be started now.

    Raises:
        WorkflowDefinitionError: the name is taken, a name is too long, or the steps do not end with ``done`` or
            ``abort``.
    """
    authorize = authorize_callback or allow

    def define(function: Callable[[], StepList]) -> Workflow:
        steps = function()
        if not isinstance(steps, StepList) or not steps or steps[-1] not in (done, abort):
            raise WorkflowDefinitionError(f"{function.__qualname__}() must return steps that end with done or abort")
        _require_short_names(function.__name__, steps)
        definition = Workflow(
            name=function.__name__,
            description=description,
            steps=StepList(replace(step, position=position) for position, step in enumerate(steps)),
            initial_form=empty_form if initial_input_form is None else form(initial_input_form),
            target=target,
            is_task=is_task,
            authorize_callback=authorize,
            retry_auth_callback=retry_auth_callback or authorize,
            run_predicate=run_predicate,
        )
        WORKFLOWS.add(definition.name, definition)
        return definition

    return define


def _require_short_names(name: str, steps: StepList) -> None:
    parts = [part for step in steps for part in (step, *([step.entrance] if step.sub_steps else []), *step.sub_steps)]
    too_long = [each for each in (name, *(part.name for part in parts)) if len(each) > MAX_NAME_LENGTH]
    if too_long:
        raise WorkflowDefinitionError(f"a name is longer than {MAX_NAME_LENGTH} characters: {too_long[0]}")
