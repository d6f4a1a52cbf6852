"""Steps that see only a part of the state."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from processes.workflow.errors import WorkflowDefinitionError
from processes.workflow.results import Failed, Result, Waiting
from processes.workflow.state import State, stored
from processes.workflow.steps import Step, StepList, as_steps


def steplens(
    get: Callable[[State], State],
    set: Callable[[State], Callable[[State], State]],  # noqa: A002  the name is part of the language
) -> Callable[[Step], Step]:
    """Return a function that makes a step see ``get(state)``, and keeps ``set(state)(what it leaves)``.

    Raises:
        WorkflowDefinitionError: the step is a group, which writes more than a part of the state: put the lens inside.
    """

    def wrap(step: Step) -> Step:
        if step.sub_steps:
            raise WorkflowDefinitionError(f"step group {step.name!r} cannot see a part of the state; its steps can")

        def execute(state: State) -> Result:
            result = step.execute(get(state))
            if isinstance(result, Failed | Waiting):
                return result
            return replace(result, state=stored(set(state)(result.state)))

        return replace(step, execute=execute)

    return wrap


def focussteps(key: str) -> Callable[[Step | Iterable[Step]], StepList]:
    """Return a function that makes steps see, and write, only the object under one key of the state.

    Raises:
        WorkflowDefinitionError: as ``steplens``.
    """
    focus = steplens(lambda state: state.get(key, {}), lambda state: lambda part: {**state, key: part})
    return lambda steps: StepList(focus(each) for each in as_steps(steps))
