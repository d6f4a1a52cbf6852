"""Lenses: the same steps for the old and the new part of the state."""

from pydantic_forms.types import State

from processes.workflow import StepList, Target, begin, done, focussteps, init, step, steplens, workflow


@step("Find parts")
def find_parts() -> State:
    return {"old": {"name": "a"}, "new": {"name": "b"}}


@step("Look up")
def look_up(name: str) -> State:
    return {"address": f"{name}.example.org"}


@step("Swap")
def swap(first: str, second: str) -> State:
    return {"first": second, "second": first}


names = steplens(
    lambda state: {"first": state["old"]["address"], "second": state["new"]["address"]},
    lambda state: lambda part: {**state, "swapped": [part["first"], part["second"]]},
)


@workflow("Migrate a site", target=Target.MODIFY)
def migrate_site() -> StepList:
    both = begin >> focussteps("old")(look_up) >> focussteps("new")(begin >> look_up)
    return init >> find_parts >> both >> names(swap) >> done
