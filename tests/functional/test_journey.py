"""What a person does with processes and the engine over REST, and the frames that each of the three channels sends."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.clients import WebSocketClient, hears, lock, process_invalidation, unlock
from tests.functional.gates import Gates
from tests.servers import Server
from tests.waiting import eventually

PATH_PAGES = [{"path_label": "Harbour-Airport"}]
CHANGE_PAGES = [{"change_number": "CHG0042"}]

# What a start sends: the row is created, then taken by a runner.
START = "L I L I"
STEP = "L I"

PROCESS_KEYS = (
    "process_id product_id customer_id assignee last_status last_step is_task workflow_id workflow_name "
    "workflow_target failed_reason created_by started_at traceback last_modified_at product subscriptions steps form "
    "current_state id pid workflow status step started last_modified customer"
)


@pytest.fixture
def engine_settings(server: Server, events: WebSocketClient) -> Iterator[WebSocketClient]:
    with WebSocketClient(server.websocket_url("/api/settings/ws-status/?token=")) as client:
        client.wait_for_frames(1)
        yield client


@pytest.fixture
def processes(server: Server, events: WebSocketClient) -> Iterator[WebSocketClient]:
    with WebSocketClient(server.websocket_url("/api/processes/all/?token=")) as client:
        client.ping()
        yield client


def wait_for_status(server: Server, process_id: str, status: str) -> None:
    eventually(lambda: server.status_of(process_id) == status)


def start_suspended(server: Server) -> str:
    process_id = server.start("demo_confirm_change")
    wait_for_status(server, process_id, "suspended")
    return process_id


def resume(server: Server, process_id: str, pages: list[dict[str, Any]]) -> int:
    return server.http.put(f"/api/processes/{process_id}/resume", json=pages).status_code


def abort(server: Server, process_id: str) -> int:
    return server.http.put(f"/api/processes/{process_id}/abort").status_code


def engine_status(server: Server) -> dict[str, Any]:
    status: dict[str, Any] = server.http.get("/api/settings/status").json()
    return status


def test_a_process_sends_one_pair_when_created_one_when_taken_and_one_per_step(
    server: Server, events: WebSocketClient
) -> None:
    process_id = server.start("demo_create_path", PATH_PAGES)

    hears(events, server, f"{START} {STEP} {STEP} {STEP} {STEP} {STEP}", process_id)
    assert server.status_of(process_id) == "completed"


def test_a_process_that_needs_input_is_suspended_and_shows_its_form(server: Server, events: WebSocketClient) -> None:
    process_id = server.start("demo_confirm_change")

    hears(events, server, f"{START} {STEP} {STEP} {STEP}", process_id)
    process = server.http.get(f"/api/processes/{process_id}").json()
    assert (process["last_status"], process["last_step"]) == ("suspended", "Confirm change")
    assert list(process["form"]["properties"]) == ["change_number"]


def test_a_resume_sends_the_counts_then_a_pair_then_the_steps(server: Server, events: WebSocketClient) -> None:
    process_id = start_suspended(server)
    hears(events, server, f"{START} {STEP} {STEP} {STEP}", process_id)

    assert resume(server, process_id, CHANGE_PAGES) == 204

    hears(events, server, f"C L I {STEP} {STEP} {STEP}", process_id)
    process = server.http.get(f"/api/processes/{process_id}").json()
    assert process["last_status"] == "completed"
    assert process["current_state"]["applied"] == "CHG0042"


def test_a_failure_ends_with_the_counts_and_a_retry_begins_with_them(server: Server, events: WebSocketClient) -> None:
    process_id = server.start("demo_retry")
    hears(events, server, f"{START} {STEP} {STEP} {STEP} C", process_id)
    assert server.status_of(process_id) == "failed"

    assert resume(server, process_id, []) == 204

    hears(events, server, f"C L I {STEP} {STEP}", process_id)
    assert server.status_of(process_id) == "completed"


def test_a_suspended_process_that_is_aborted_sends_a_pair_then_the_counts(
    server: Server, events: WebSocketClient
) -> None:
    process_id = start_suspended(server)
    hears(events, server, f"{START} {STEP} {STEP} {STEP}", process_id)

    assert abort(server, process_id) == 204

    hears(events, server, "L I C", process_id)
    assert server.status_of(process_id) == "aborted"


def test_an_aborted_running_process_never_completes_and_sends_nothing_more(
    server: Server, events: WebSocketClient, gates: Gates
) -> None:
    process_id = server.start("held", gates.pages)
    gates.wait_until_reached(1)
    hears(events, server, f"{START} {STEP}", process_id)

    assert abort(server, process_id) == 204
    hears(events, server, "L I C", process_id)
    gates.open(1)
    eventually(lambda: engine_status(server)["running_processes"] == 0)

    hears(events, server, "")
    process = server.http.get(f"/api/processes/{process_id}").json()
    assert (process["last_status"], process["last_step"]) == ("aborted", "User Aborted")
    assert not gates.was_reached(2)


def test_a_deleted_task_sends_the_counts_then_a_pair(server: Server, events: WebSocketClient) -> None:
    process_id = server.start("demo_task_compare_inventory")
    hears(events, server, f"{START} {STEP} {STEP} {STEP}", process_id)

    assert server.http.delete(f"/api/processes/{process_id}").status_code == 204

    hears(events, server, "C L I", process_id)
    assert server.http.get(f"/api/processes/{process_id}").status_code == 404


def test_a_note_sends_a_pair(server: Server, events: WebSocketClient) -> None:
    process_id = start_suspended(server)
    hears(events, server, f"{START} {STEP} {STEP} {STEP}", process_id)

    answer = server.http.patch(f"/api/processes/{process_id}", json={"note": "call desk first"})

    hears(events, server, "L I", process_id)
    assert answer.json()["note"] == "call desk first"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("POST", "no_such_workflow", [{}], 404, id="unknown-workflow"),
        pytest.param("POST", "demo_create_path", [], 510, id="form-incomplete"),
        pytest.param("POST", "demo_create_path", [{"path_label": "x"}], 400, id="form-invalid"),
        pytest.param("POST", "demo_create_path", {"a": 1}, 422, id="body-is-no-list"),
        pytest.param("PUT", "{suspended}/resume", [{"change_number": "none"}], 400, id="input-invalid"),
        pytest.param("PUT", "{suspended}/resume", [], 400, id="input-empty"),
        pytest.param("PUT", "00000000-0000-0000-0000-000000000000/abort", None, 404, id="unknown-process"),
        pytest.param("DELETE", "{suspended}", None, 400, id="delete-of-no-task"),
    ],
)
def test_a_refused_request_sends_nothing(
    server: Server, events: WebSocketClient, method: str, path: str, body: Any, status: int
) -> None:
    process_id = start_suspended(server)
    hears(events, server, f"{START} {STEP} {STEP} {STEP}", process_id)

    answer = server.http.request(method, f"/api/processes/{path.format(suspended=process_id)}", json=body)

    assert answer.status_code == status, answer.text
    hears(events, server, "")


def test_pausing_and_starting_an_idle_engine_sends_one_frame_each(server: Server, events: WebSocketClient) -> None:
    paused = lock(server)
    started = unlock(server)

    assert (paused["global_status"], started["global_status"]) == ("PAUSED", "RUNNING")
    hears(events, server, "G G")


def test_a_locked_engine_refuses_a_start_without_a_frame(server: Server, events: WebSocketClient) -> None:
    lock(server)

    answer = server.http.post("/api/processes/demo_retry", json=[{}])

    assert answer.status_code == 503
    hears(events, server, "G")


def test_an_engine_paused_while_a_step_runs_stops_after_it_and_goes_on_when_started(
    server: Server, events: WebSocketClient, gates: Gates
) -> None:
    process_id = server.start("held", gates.pages)
    gates.wait_until_reached(1)
    hears(events, server, f"{START} {STEP}", process_id)

    assert lock(server) == {"global_lock": True, "global_status": "PAUSING", "running_processes": 1}
    gates.open(1)
    gates.open(2)
    events.wait_for_frames(4)
    assert engine_status(server) == {"global_lock": True, "global_status": "PAUSED", "running_processes": 0}
    assert server.status_of(process_id) == "running"
    assert not gates.was_reached(2)
    unlock(server)

    pausing, paused, unlocked = f"G {STEP}", "G", "G L I"
    hears(events, server, f"{pausing} {paused} {unlocked} {STEP} {STEP}", process_id)
    assert server.status_of(process_id) == "completed"


@pytest.mark.usefixtures("events")  # earlier tests are heard no more
def test_a_client_that_reads_on_each_frame_reads_the_state_that_it_announces(server: Server, gates: Gates) -> None:
    own_frames, executed = 0, []

    def read(frame: str) -> None:
        nonlocal own_frames
        process_id = json.loads(frame)["value"].get("id")
        if process_id == "LIST":
            return
        own_frames += 1
        steps = server.http.get(f"/api/processes/{process_id}").json()["steps"]
        executed.append(sum(step["status"] != "pending" for step in steps))
        gates.open(1)
        if own_frames == 4:
            gates.open(2)

    with WebSocketClient(server.websocket_url(), on_frame=read):
        server.start("held", gates.pages)
        eventually(lambda: len(executed) == 6)

    created_taken_and_each_step = [0, 0, 1, 2, 3, 4]
    assert all(seen >= told for seen, told in zip(executed, created_taken_and_each_step, strict=True)), executed


def test_engine_settings_sends_the_status_on_connect_and_on_each_update(
    server: Server, engine_settings: WebSocketClient
) -> None:
    lock(server)
    unlock(server)

    running = '{"engine-status":{"global_lock":false,"global_status":"RUNNING","running_processes":0}}'
    paused = '{"engine-status":{"global_lock":true,"global_status":"PAUSED","running_processes":0}}'
    frames = engine_settings.wait_for_frames(3)
    assert frames[0] == running
    assert len(frames) == 3
    # An update that is overtaken by the next is read with it: the last frame is the state.
    assert frames[1] in (paused, running)
    assert frames[2] == running


def test_engine_settings_tells_when_the_last_step_of_a_pausing_engine_ends(
    server: Server, engine_settings: WebSocketClient, gates: Gates
) -> None:
    server.start("held", gates.pages)
    gates.wait_until_reached(1)
    lock(server)
    engine_settings.wait_for_frames(2)

    gates.open(1)

    engine_settings.wait_for_frames(3)
    statuses = [frame["engine-status"] for frame in engine_settings.json_frames()]
    told = [(status["global_status"], status["running_processes"]) for status in statuses]
    assert told == [("RUNNING", 0), ("PAUSING", 1), ("PAUSED", 0)]
    assert statuses[-1] == engine_status(server)


def test_processes_sends_the_whole_object_once_per_step(server: Server, processes: WebSocketClient) -> None:
    process_id = start_suspended(server)
    resume(server, process_id, CHANGE_PAGES)

    processes.wait_for_frames(6)
    unlock(server)
    bodies = [frame["process"] for frame in processes.json_frames()]
    assert [" ".join(body) for body in bodies] == [PROCESS_KEYS] * 6
    assert {body["process_id"] for body in bodies} == {process_id}
    last = bodies[-1]
    assert (last["last_status"], last["last_step"], last["form"]) == ("completed", "Done", None)
    assert [step["name"] for step in last["steps"]] == [
        "Start",
        "Prepare change",
        "Confirm change",
        "Confirm change",
        "Apply change",
        "Done",
    ]


def test_processes_sends_the_step_that_was_logged_while_the_next_one_runs(
    server: Server, processes: WebSocketClient, gates: Gates
) -> None:
    process_id = server.start("held", gates.pages)
    gates.open(1)
    gates.wait_until_reached(2)

    processes.wait_for_frames(2)

    process = processes.json_frames()[-1]["process"]
    assert (process["pid"], process["status"], process["step"]) == (process_id, "running", "Hold 1")
    assert process["steps"][2:] == [{"name": "Hold 2", "status": "pending"}, {"name": "Done", "status": "pending"}]


def test_processes_sends_the_two_keys_of_a_deleted_task(
    server: Server, processes: WebSocketClient, events: WebSocketClient
) -> None:
    process_id = server.start("demo_task_compare_inventory")
    processes.wait_for_frames(3)

    server.http.delete(f"/api/processes/{process_id}")

    assert processes.wait_for_frames(4)[3:] == [f'{{"process":{{"id":"{process_id}","status":"aborted"}}}}']
    assert process_invalidation(process_id) in events.frames
