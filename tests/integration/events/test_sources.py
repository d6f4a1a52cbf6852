"""The data sources that the apps above provide: the frames of the two deprecated channels, from the real database."""

import json
from uuid import uuid4

import pytest

from events import sources
from events.groups import Channel
from processes.operations import start_process
from settings import operations as engine_operations


def test_the_engine_status_frame_is_that_of_the_contract() -> None:
    frame = sources.read_engine_status_frame()

    assert frame.text == '{"engine-status":{"global_lock":false,"global_status":"RUNNING","running_processes":0}}'


def test_the_engine_status_frame_shows_the_present_lock() -> None:
    engine_operations.set_global_lock(True)

    frame = sources.read_engine_status_frame()

    assert frame.text == '{"engine-status":{"global_lock":true,"global_status":"PAUSED","running_processes":0}}'


def test_the_frame_of_a_process_has_the_process_under_its_only_key() -> None:
    process_id = start_process("demo_task_compare_inventory", [{}], "SYSTEM")

    body = json.loads(sources.read_process_frame(process_id).text)

    assert list(body) == ["process"]
    assert (body["process"]["process_id"], body["process"]["last_status"]) == (str(process_id), "completed")


def test_the_frame_of_a_process_that_is_gone_is_the_delete_frame() -> None:
    process_id = uuid4()

    frame = sources.read_process_frame(process_id)

    assert frame.text == f'{{"process":{{"id":"{process_id}","status":"aborted"}}}}'


def test_frames_of_one_process_share_a_key_that_no_other_process_has() -> None:
    one, other = uuid4(), uuid4()

    keys = [sources.read_process_frame(process_id).key for process_id in (one, one, other)]

    assert keys[0] == keys[1] != keys[2]


def test_an_engine_without_a_status_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources._sources, Channel.ENGINE_SETTINGS, lambda _: None)

    with pytest.raises(LookupError, match="no status"):
        sources.read_engine_status_frame()


def test_the_source_provided_last_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_sources", dict(sources._sources))
    process_id = uuid4()

    sources.provide(Channel.PROCESSES, lambda asked: {"process_id": str(asked)})

    assert sources.read_process_frame(process_id).text == f'{{"process":{{"process_id":"{process_id}"}}}}'
