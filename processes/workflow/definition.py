"""Workflows: a name, steps, perhaps a form; ``@workflow`` defines and registers one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from processes.workflow.enums import Target
from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.forms import Form, empty_form, form
from processes.workflow.registry import WORKFLOWS
from processes.workflow.steps import StepList, abort, done


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    """A definition; ``initial_form`` always exists, with one empty page where the author gave none."""

    name: str
    description: str
    steps: StepList
    initial_form: Form
    target: Target
    is_task: bool


def workflow(
    description: str = "",
    initial_input_form: Callable[..., Any] | None = None,
    target: Target = Target.SYSTEM,
    is_task: bool = False,
) -> Callable[[Callable[[], StepList]], Workflow]:
    """Register the workflow whose steps the function returns, under the function's name.

    Raises:
        WorkflowDefinitionError: the name is taken, or the steps do not end with ``done`` or ``abort``.
    """

    def define(function: Callable[[], StepList]) -> Workflow:
        steps = function()
        if not isinstance(steps, StepList) or not steps or steps[-1] not in (done, abort):
            raise WorkflowDefinitionError(f"{function.__qualname__}() must return steps that end with done or abort")
        definition = Workflow(
            name=function.__name__,
            description=description,
            steps=steps,
            initial_form=empty_form if initial_input_form is None else form(initial_input_form),
            target=target,
            is_task=is_task,
        )
        WORKFLOWS.add(definition.name, definition)
        return definition

    return define
