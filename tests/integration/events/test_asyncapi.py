"""What the data-carrying channels send is what the AsyncAPI document says of it."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command

from events import sources
from orchestrator_ws.asyncapi_document import make_document
from processes.asyncapi import ChannelProcess
from processes.operations import start_process
from settings import operations as engine_operations
from tests.asyncapi import fits

PRODUCT = {"product": "2f1c7b1e-8a55-4c7e-9a0d-5b6f3e2d7c10"}

PROCESSES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "completed": ("demo_create_path", [{"path_label": "Harbour-Airport", "gbit": 100}]),
    "suspended": ("demo_confirm_change", [{}]),
    "failed": ("demo_retry", [{}]),
    "task": ("demo_task_compare_inventory", [{}]),
    "subscription": ("demo_order_port", [PRODUCT, {"customer_id": "jane", "gbit": 100}]),
}


def start(name: str) -> UUID:
    call_command("create_demo_product")
    workflow_key, pages = PROCESSES[name]
    return start_process(workflow_key, pages, "SYSTEM")


@pytest.mark.parametrize("name", list(PROCESSES))
def test_the_frame_of_a_process_is_the_one_described(name: str) -> None:
    frame = sources.read_process_frame(start(name))

    assert fits(make_document(), "process", frame.text)


@pytest.mark.parametrize("name", list(PROCESSES))
def test_the_object_has_the_keys_of_the_document_in_their_order(name: str) -> None:
    body = json.loads(sources.read_process_frame(start(name)).text)["process"]

    assert list(body) == list(ChannelProcess.model_fields)


@pytest.mark.parametrize("lock", [False, True])
def test_the_frame_of_the_engine_is_the_one_described(lock: bool) -> None:
    engine_operations.set_global_lock(lock)

    assert fits(make_document(), "engineStatus", sources.read_engine_status_frame().text)


def test_an_unknown_status_is_not() -> None:
    text = sources.read_process_frame(start("suspended")).text

    assert not fits(make_document(), "process", text.replace('"last_status":"suspended"', '"last_status":"asleep"'))
