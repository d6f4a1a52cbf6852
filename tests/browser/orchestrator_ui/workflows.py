"""A workflow for the servers behind the UI (``WORKFLOW_MODULES``), whose forms hold what only the server knows."""

from collections.abc import Generator
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_forms.core import FormPage

from processes.workflow import Assignee, State, StepList, done, init, inputstep, step, workflow


def known_node(name: str) -> str:
    """Take the one node that there is."""
    if name != "edge-7":
        raise ValueError(f"{name} is no node")
    return name


Node = Annotated[str, AfterValidator(known_node)]


def two_pages() -> Generator[type[FormPage], Any, State]:
    class Where(FormPage):
        node: Node

    class HowFast(FormPage):
        gbit: int = 10

    where = yield Where
    how_fast = yield HowFast
    return {**where.model_dump(), **how_fast.model_dump()}


@inputstep("Confirm", assignee=Assignee.NOC)
def confirm() -> Generator[type[FormPage], Any, State]:
    class Confirm(FormPage):
        spare_node: Node

    page = yield Confirm
    return dict(page.model_dump())


@step("Build")
def build(node: str, spare_node: str, gbit: int) -> State:
    return {"built": f"{node} and {spare_node} at {gbit}G"}


@workflow("Build between two nodes", initial_input_form=two_pages)
def build_between() -> StepList:
    return init >> confirm >> build >> done
