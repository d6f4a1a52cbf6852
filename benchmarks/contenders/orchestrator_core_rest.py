# mypy: allow-untyped-decorators
"""orchestrator-core as a server whose processes can be read and started over REST.

    .venv-peers/bin/python -m benchmarks.contenders.orchestrator_core_rest migrate|serve

It has one workflow more, the twin of the product's ``demo_confirm_change``. ``PORT`` and what the application itself
reads (``DATABASE_URI``, ``WEBSOCKET_BROADCASTER_URL``) are read from the environment.
"""

import os
import sys
from collections.abc import Generator
from typing import Annotated, Any

import uvicorn
from orchestrator.core import OrchestratorCore, app_settings, begin, done, inputstep, step, workflow
from orchestrator.core.config.assignee import Assignee
from orchestrator.core.forms import FormPage
from orchestrator.core.targets import Target
from orchestrator.core.workflow import StepList, init
from orchestrator.core.workflows import LazyWorkflowInstance
from pydantic import ConfigDict, Field

from benchmarks.contenders.orchestrator_core_tables import add_workflow, migrate

WORKFLOW_NAME = "demo_confirm_change"


@step("Prepare change")
def prepare_change() -> dict[str, Any]:
    """Collect what the person who confirms wants to see."""
    return {"impact": "none expected"}


@inputstep("Confirm change", assignee=Assignee.NOC)
def confirm_change(impact: str) -> Generator[type[FormPage], Any, dict[str, Any]]:
    """Ask for a change number."""

    class ConfirmChange(FormPage):  # type: ignore[misc]  # not installed where types are checked
        model_config = ConfigDict(title="Confirm change")

        change_number: Annotated[str, Field(pattern=r"^CHG\d{4}$")]

    page = yield ConfirmChange
    return dict(page.model_dump())


@step("Apply change")
def apply_change(change_number: str) -> dict[str, Any]:
    """Pretend to apply the change."""
    return {"applied": change_number}


@workflow(target=Target.MODIFY)
def demo_confirm_change() -> StepList:
    """Suspend the process until a person has filled in a form."""
    return begin >> init >> prepare_change >> confirm_change >> apply_change >> done


def main(order: str) -> None:
    """Make the application; then bring its database up to date, or serve until a signal comes, as ordered."""
    application = OrchestratorCore(base_settings=app_settings)
    if order == "migrate":
        migrate()
        add_workflow(WORKFLOW_NAME, Target.MODIFY, "Change a path after a confirmation")
        return
    LazyWorkflowInstance("__main__", WORKFLOW_NAME)
    application.register_graphql()
    uvicorn.run(application, port=int(os.environ["PORT"]), log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1])
