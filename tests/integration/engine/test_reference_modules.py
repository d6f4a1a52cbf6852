"""Ten modules in the manner of orchestrator-core, each with its trace: statuses, steps, keys of states, frames.

A module is one file in ``reference_modules``, beside a trace: what is done with its process, and what comes of it.
One module, a text file, has the import lines of orchestrator-core; those of ``docs/workflows.md`` take their place.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from django.utils import timezone

from processes import callbacks, operations
from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.stored_processes import settled
from tests.integration.subscriptions.stored_subscriptions import allow, store_product, store_subscription

Json: TypeAlias = Any
FOLDER = Path(__file__).parent / "reference_modules"
DOCUMENTATION = Path(__file__).parents[3] / "docs" / "workflows.md"
MODULES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".py", ".txt"))


def import_lines() -> dict[str, str]:
    """Return, from the table in the documentation, which import of orchestrator-core becomes which."""
    rows = re.findall(r"^\| `from (orchestrator\S+) import .*?` \| `from (\S+) import", DOCUMENTATION.read_text(), re.M)
    return dict(rows)


def load(path: Path) -> str:
    """Run the module as an import would, and return the key of its workflow."""
    code = re.sub(
        r"^from (orchestrator\S+) import",
        lambda line: f"from {import_lines()[line[1]]} import",
        path.read_text(),
        flags=re.M,
    )
    exec(compile(code, path, "exec"), {"__name__": path.stem})
    return path.stem


def act(process_id: UUID, action: str, value: Json) -> None:
    """Do what a person, another system or the maintenance does."""
    match action:
        case "resume":
            operations.resume_process(process_id, value, "SYSTEM")
        case "callback":
            callbacks.continue_awaiting_process(process_id, token_of(process_id), value)
        case "progress":
            callbacks.update_callback_progress(process_id, token_of(process_id), value)
        case "time-out":
            Process.objects.filter(pk=process_id).update(due_at=timezone.now())
            callbacks.fail_timed_out_callbacks()
        case _:
            pytest.fail(f"unknown action {action}")


def token_of(process_id: UUID) -> str:
    return str(ProcessStep.objects.filter(process_id=process_id).latest("pk").state["__callback_token"])


def prepared(key: str, pages: list[Json]) -> list[Json]:
    """Return the pages with a product and a subscription in their places, which the workflow may work on."""
    definition = WORKFLOWS.find(key)
    assert definition is not None
    product = store_product()
    allow(definition, product)
    places = {"PRODUCT": product.pk, "SUBSCRIPTION": store_subscription(product=product).pk}
    text = json.dumps(pages)
    for place, value in places.items():
        text = text.replace(place, str(value))
    return list(json.loads(text))


def shown_rows(process_id: UUID) -> list[list[str]]:
    """Return name, status and, of the state, what is new against the row before, of each step."""
    shown, before = [], set[str]()
    for row in ProcessStep.objects.filter(process_id=process_id):
        shown.append([row.name, row.status, " ".join(sorted(set(row.state) - before))])
        before = set(row.state)
    return shown


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_leaves_its_trace(path: Path, executor: str, recorded: Callable[[], str]) -> None:
    trace = json.loads(path.with_suffix(".json").read_text())
    key = load(path)
    pages = prepared(key, trace["pages"])
    recorded()
    process_id = operations.start_process(key, pages, "SYSTEM")
    came = []
    for moment in trace["moments"]:
        if "action" in moment:
            act(process_id, *moment["action"])
        process = settled(process_id, ProcessStatus(moment["status"]))
        seen = {"status": process.last_status, "last_step": process.last_step, "assignee": process.assignee}
        action = {"action": moment["action"]} if "action" in moment else {}
        came.append({**action, **seen, "frames": recorded()})

    assert came == trace["moments"]
    assert shown_rows(process_id) == trace["steps"]


def test_there_are_ten_modules() -> None:
    assert len(MODULES) == 10
