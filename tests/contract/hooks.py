"""What schemathesis cannot know: things that exist, so that operations succeed; it runs this as an OS process's part.

The server runs processes in the request (``EXECUTOR=immediate``), so each is settled when its start is answered.
"""

import atexit
import json
import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

import httpx
import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure, ServerError

Parts: TypeAlias = dict[str, Any]
AnyCase: TypeAlias = Case[Any]

SEEN: Counter[str] = Counter()
"""How often each operation answered each status: ``start_process 201``."""

server = httpx.Client(
    base_url=os.environ["CONTRACT_SERVER"],
    headers={"Authorization": f"Bearer {os.environ['CONTRACT_TOKEN']}"},
    timeout=60,
)
PRODUCT = "2f1c7b1e-8a55-4c7e-9a0d-5b6f3e2d7c10"
STARTS: list[tuple[str, list[Parts]]] = [
    ("demo_create_path", [{"path_label": "Harbour-Airport", "gbit": 100}]),
    ("demo_confirm_change", [{}]),
    ("demo_retry", [{}]),
    ("demo_order_port", [{"product": PRODUCT}, {"customer_id": "jane"}]),
    ("awaiting", [{}]),
    ("demo_task_compare_inventory", [{}]),
]


@atexit.register
def write_down() -> None:
    """Leave what was seen to the test."""
    Path(os.environ["CONTRACT_SEEN"]).write_text(json.dumps(SEEN), encoding="utf-8")


def unlock() -> None:
    """Let processes start again, after a case that locked the engine."""
    server.put("/api/settings/status", json={"global_lock": False})


def start(key: str, *pages: Parts) -> Parts:
    """Start a process and return its path."""
    answer = server.post(f"/api/processes/{key}", json=[*pages])
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        unlock()
        return start(key, *pages)
    assert answer.status_code == 201, answer.text
    return {"key": answer.json()["id"]}


def start_awaiting() -> Parts:
    path = start("awaiting", {})
    state = server.get(f"/api/processes/{path['key']}").json()["current_state"]
    return {**path, "token": state["callback_route"].rpartition("/")[2]}


@cache
def order_port() -> Parts:
    path = start("demo_order_port", {"product": PRODUCT}, {"customer_id": "jane"})
    return {"key": server.get(f"/api/processes/{path['key']}").json()["subscriptions"][0]["subscription_id"]}


@cache
def find_workflow() -> Parts:
    path = start("demo_create_path", {"path_label": "Harbour-Airport"})
    return {"key": server.get(f"/api/processes/{path['key']}").json()["workflow_id"]}


def start_suspended() -> Parts:
    return start("demo_confirm_change", {})


find_suspended = cache(start_suspended)


EXISTING: dict[str, Callable[[], Parts]] = {
    "read_process": find_suspended,
    "note_process": find_suspended,
    "abort_process": start_suspended,
    "resume_process": start_suspended,
    "delete_task": lambda: start("demo_task_compare_inventory", {}),
    "resume_all": lambda: start("failing_task", {}) and {},
    "call_back": start_awaiting,
    "tell_progress": start_awaiting,
    "read_subscription": order_port,
    "set_in_sync": order_port,
    "list_allowed_workflows": order_port,
    "read_workflow": find_workflow,
    "describe_workflow": find_workflow,
    "submit_form": lambda: {"key": "ticket"},
    "read_workflow_guide": lambda: {"name": "demo_create_path"},
    "read_surf_workflow_guide": lambda: {"name": "demo_create_path"},
    "flush_cache": lambda: {"name": "all"},
}
BODIES: dict[str, Any] = {
    "resume_process": [{"change_number": "CHG0042"}],
    "submit_form": [{"number": 7}],
    "search_by_conditions": {"filters": {"term": {"subscription.insync": True}}},
}


@schemathesis.hook
def before_call(context: HookContext, case: AnyCase, kwargs: Parts) -> None:
    """Let three of four valid cases name what exists, and half of these bring what it waits for."""
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    name, draw = name_of(case), crc32(repr((case.path_parameters, case.query, case.body)).encode(errors="replace"))
    if draw % 4 == 0:
        return
    body = BODIES.get(name)
    if name == "start_process":
        case.path_parameters["key"], body = STARTS[draw // 4 % len(STARTS)]
    elif name in EXISTING:
        case.path_parameters.update(EXISTING[name]())
    if draw % 4 > 1 and body is not None:
        case.body = body


@schemathesis.hook
def after_call(context: HookContext, case: AnyCase, response: Response) -> None:
    """Count, and unlock the engine for the others once one was refused."""
    SEEN[f"{name_of(case)} {response.status_code}"] += 1
    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        unlock()


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
    """Pass over the one 500 that the contract has: more pages than the form has (``docs/rest.md``, section 5)."""
    return not (
        isinstance(failure, ServerError)
        and response.status_code == httpx.codes.INTERNAL_SERVER_ERROR
        and response.json().get("type") == "FormOverflowError"
    )


def name_of(case: AnyCase) -> str:
    return str(case.operation.definition.raw["operationId"])
