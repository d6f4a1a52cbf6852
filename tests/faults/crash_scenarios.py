"""What a server is doing when it dies: how a process is brought there, the operation, and how all must end."""

import contextlib
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.faults.crash_cluster import CrashCluster
from tests.faults.traced_workflows import read_pid
from tests.functional.gates import Gates
from tests.servers import Server
from tests.waiting import eventually

ASKED_TO_STOP = "runners stop before their next step"
"""What a server logs that hands its processes over."""


@dataclass
class Stage:
    """One process, and those who may work on it; its folder holds its gates and its trace."""

    cluster: CrashCluster
    folder: Path
    # None until it was started.
    process_id: str | None = None
    victim: Server = field(init=False)

    def __post_init__(self) -> None:
        self.cluster.replace_dead()
        self.victim, self.survivor = self.cluster.victim, self.cluster.survivor
        self.gates = Gates(self.folder)
        self._newest_before = self._newest()

    def find(self) -> str | None:
        """Return the id of the process that was started since the stage was set, None if there is none."""
        newest = self._newest()
        return None if newest == self._newest_before else newest

    def body(self) -> dict[str, Any]:
        """Return the process as REST shows it; of one that does not exist, its status is ``gone``."""
        answer = self.survivor.http.get(f"/api/processes/{self.process_id}")
        return dict(answer.json()) if answer.status_code == httpx.codes.OK else {"last_status": "gone", "steps": []}

    def engine(self) -> dict[str, Any]:
        """Return the engine's status."""
        return dict(self.survivor.http.get("/api/settings/status").json())

    def _newest(self) -> str | None:
        rows = self.survivor.http.get("/api/processes/?range=0,1").json()
        return rows[0]["process_id"] if rows else None


Act = Callable[[Stage, Server], Any]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """``prepare`` brings a process about, ``act`` asks a server for the operation, ``ends`` is the last status."""

    prepare: Callable[[Stage], str | None]
    act: Act
    ends: str = "completed"
    pauses: bool = False


def _bring_to(workflow: str, status: str) -> Callable[[Stage], str]:
    """Start a process on the survivor and wait until it rests."""

    def prepare(stage: Stage) -> str:
        process_id = stage.survivor.start(workflow, stage.gates.pages)
        eventually(lambda: stage.survivor.status_of(process_id) == status)
        eventually(lambda: stage.engine()["running_processes"] == 0)
        return process_id

    return prepare


def _bring_to_gate(workflow: str) -> Callable[[Stage], str]:
    """Start a process on the victim and wait until it is in the middle of a step."""

    def prepare(stage: Stage) -> str:
        process_id = stage.victim.start(workflow, stage.gates.pages)
        stage.gates.wait_until_reached(1)
        return process_id

    return prepare


def _bring_to_standstill(stage: Stage) -> str:
    """Lock the engine while a process runs, and let its runner stop."""
    process_id = _bring_to_gate("traced_held")(stage)
    set_lock(stage.survivor, True)
    stage.gates.open(1)
    eventually(lambda: stage.engine()["global_status"] == "PAUSED")
    return process_id


def set_lock(server: Server, locked: bool) -> None:
    """Lock or unlock the engine."""
    server.http.put("/api/settings/status", json={"global_lock": locked})


def _lock(stage: Stage, server: Server) -> None:
    try:
        set_lock(server, True)
    finally:
        stage.gates.open(1)


def _hand_over(stage: Stage, _: Server) -> None:
    runner = stage.cluster.with_pid(read_pid(stage.folder))
    runner.stop()
    eventually(lambda: ASKED_TO_STOP in runner.log.read_text())
    stage.gates.open(1)


def _be_picked_up(stage: Stage, _: Server) -> None:
    """Kill the runner, and let the only other one that can pick up its process die of that; then there is a third."""
    stage.cluster.wait_for_spare()
    stage.cluster.with_pid(read_pid(stage.folder)).kill()
    _wait_without_survivor(stage)


def _time_out(stage: Stage, _: Server) -> None:
    """Let another server than the survivor do maintenance, and die of that."""
    _wait_without_survivor(stage)


def _wait_without_survivor(stage: Stage) -> None:
    """Halt the survivor until somebody has died."""
    stage.survivor.process.send_signal(signal.SIGSTOP)
    try:
        eventually(lambda: not stage.cluster.trap.is_set)
    finally:
        stage.survivor.process.send_signal(signal.SIGCONT)


def _call_back(stage: Stage, server: Server) -> None:
    server.http.post(stage.body()["current_state"]["callback_route"], json={"answer": 1})


def _on_process(method: str, suffix: str, pages: Any = None) -> Act:
    return lambda stage, server: server.http.request(method, f"/api/processes/{stage.process_id}{suffix}", json=pages)


SCENARIOS = {
    "start": Scenario(
        prepare=lambda _: None,
        act=lambda stage, server: server.http.post("/api/processes/traced", json=stage.gates.pages),
    ),
    "resume": Scenario(
        prepare=_bring_to("traced_asking", "suspended"), act=_on_process("PUT", "/resume", [{"answer": 1}])
    ),
    "retry": Scenario(prepare=_bring_to("traced_failing", "failed"), act=_on_process("PUT", "/resume", [])),
    "abort": Scenario(prepare=_bring_to_gate("traced_held"), act=_on_process("PUT", "/abort"), ends="aborted"),
    "delete": Scenario(prepare=_bring_to_gate("traced_held_task"), act=_on_process("DELETE", ""), ends="gone"),
    "callback": Scenario(prepare=_bring_to("traced_calling", "awaiting_callback"), act=_call_back),
    "time-out": Scenario(
        prepare=_bring_to("traced_calling_in_time", "awaiting_callback"), act=_time_out, ends="failed"
    ),
    "lock": Scenario(prepare=_bring_to_gate("traced_held"), act=_lock, pauses=True),
    "unlock": Scenario(prepare=_bring_to_standstill, act=lambda _, server: set_lock(server, False)),
    "hand-over": Scenario(prepare=_bring_to_gate("traced_held"), act=_hand_over),
    "pick-up": Scenario(prepare=_bring_to_gate("traced_held"), act=_be_picked_up),
}


def act_or_lose_connection(scenario: Scenario, stage: Stage) -> None:
    """Ask the victim for the operation; it may die before it answers."""
    with contextlib.suppress(httpx.TransportError):
        scenario.act(stage, stage.victim)
