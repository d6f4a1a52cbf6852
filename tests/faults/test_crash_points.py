"""Killed at any crash point, a process goes on elsewhere, at most one lease period later, from its last commit."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults.browsers import Browser
from tests.faults.crash_cluster import LEASE_SECONDS, CrashCluster
from tests.faults.crash_scenarios import SCENARIOS, Stage, act_or_lose_connection, set_lock
from tests.faults.oracle import BOUND_SECONDS
from tests.faults.traced_workflows import read_trace
from tests.servers import ROOT
from tests.waiting import TIMEOUT_SECONDS, eventually

GOES_ON_SECONDS = LEASE_SECONDS + 2.0 * TIMEOUT_SECONDS / 10
DONE = ("success", "complete")
OUR_PACKAGES = ("events", "orchestrator_ws", "processes", "settings", "subscriptions")


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One line of the table: ``during`` which operation, at the how many-th time at which point.

    ``undone`` says that the operation was not committed and has to be asked for again.
    """

    during: str
    point: str
    nth: int = 1
    undone: bool = False
    quick: bool = False

    def __str__(self) -> str:
        return f"{self.during}: {self.point}" + (f" {self.nth}" if self.nth > 1 else "")


KILLS = [
    Kill(during="start", point="before start commit", undone=True),
    Kill(during="start", point="before broadcast"),
    Kill(during="start", point="before submit", quick=True),
    Kill(during="start", point="after submit"),
    Kill(during="start", point="after start"),
    Kill(during="start", point="before take"),
    Kill(during="start", point="before take commit"),
    Kill(during="start", point="after take"),
    Kill(during="start", point="before step log", nth=1),
    Kill(during="start", point="in step", nth=1, quick=True),
    Kill(during="start", point="before step log", nth=2),
    Kill(during="start", point="before step commit", nth=2),
    Kill(during="start", point="before broadcast", nth=4),
    Kill(during="start", point="after step", nth=2),
    Kill(during="start", point="before step commit", nth=4),
    Kill(during="start", point="after step", nth=4),
    Kill(during="resume", point="before resume commit", undone=True),
    Kill(during="resume", point="before submit"),
    Kill(during="resume", point="after resume", quick=True),
    Kill(during="resume", point="after take"),
    Kill(during="resume", point="before step commit", nth=1),
    Kill(during="resume", point="after step", nth=1),
    Kill(during="retry", point="before resume commit", undone=True),
    Kill(during="retry", point="before submit"),
    Kill(during="retry", point="after step", nth=1),
    Kill(during="abort", point="before abort commit", undone=True),
    Kill(during="abort", point="before broadcast"),
    Kill(during="abort", point="after abort", quick=True),
    Kill(during="delete", point="before delete commit", undone=True),
    Kill(during="delete", point="after delete"),
    Kill(during="callback", point="before callback commit", undone=True),
    Kill(during="callback", point="before submit"),
    Kill(during="callback", point="after callback", quick=True),
    Kill(during="callback", point="before step commit", nth=1),
    Kill(during="time-out", point="before callback time-out commit"),
    Kill(during="lock", point="before lock commit", undone=True),
    Kill(during="lock", point="after lock"),
    Kill(during="lock", point="before step commit"),
    Kill(during="lock", point="after step"),
    Kill(during="lock", point="before release commit"),
    Kill(during="lock", point="after release", quick=True),
    Kill(during="unlock", point="before recovery commit", undone=True),
    Kill(during="unlock", point="before unlock commit", undone=True),
    Kill(during="unlock", point="before submit", quick=True),
    Kill(during="unlock", point="after unlock"),
    Kill(during="hand-over", point="runners asked to stop"),
    Kill(during="hand-over", point="before step log"),
    Kill(during="hand-over", point="before release commit", quick=True),
    Kill(during="hand-over", point="after release"),
    Kill(during="hand-over", point="runners stopped"),
    Kill(during="pick-up", point="before reconciliation"),
    Kill(during="pick-up", point="after take"),
]

pytestmark = pytest.mark.timeout(120)

TABLE = [pytest.param(kill, id=str(kill), marks=[] if kill.quick else [pytest.mark.long]) for kill in KILLS]


@pytest.fixture(scope="module", params=["threadpool", "celery"])
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashCluster]:
    with CrashCluster(tmp_path_factory.mktemp("cluster"), request.param) as made:
        yield made


@pytest.fixture
def stage(cluster: CrashCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(cluster, tmp_path_factory.mktemp("stage"))
    yield made
    cluster.trap.remove()
    made.gates.open(1)
    set_lock(cluster.survivor, False)


@pytest.mark.parametrize("kill", TABLE)
def test_a_process_goes_on_wherever_its_server_dies(stage: Stage, kill: Kill) -> None:
    scenario = SCENARIOS[kill.during]
    stage.process_id = scenario.prepare(stage)
    with Browser(stage.survivor, stage.process_id) as browser:
        stage.cluster.trap.set(kill.point, kill.nth)
        act_or_lose_connection(scenario, stage)
        stage.cluster.wait_for_death()
        stage.process_id = stage.process_id or stage.find()
        committed = [step["name"] for step in stage.body()["steps"] if step["status"] in DONE]
        begun = read_trace(stage.folder)

        if kill.undone:
            scenario.act(stage, stage.survivor)
            stage.process_id = stage.process_id or stage.find()
        stage.gates.open(1)
        if kill.during == "pick-up":
            stage.cluster.replace_dead()
        if scenario.pauses:
            eventually(lambda: stage.engine()["global_status"] == "PAUSED", within_seconds=GOES_ON_SECONDS)
            eventually(lambda: not browser.stale_parts(), within_seconds=BOUND_SECONDS)
            set_lock(stage.survivor, False)
        eventually(lambda: stage.body()["last_status"] == scenario.ends, within_seconds=GOES_ON_SECONDS)
        eventually(lambda: stage.engine()["running_processes"] == 0, within_seconds=GOES_ON_SECONDS)
        eventually(lambda: not browser.stale_parts(), within_seconds=BOUND_SECONDS)

    traced = read_trace(stage.folder)
    done = Counter(step["name"] for step in stage.body()["steps"] if step["status"] in DONE)
    assert all(traced[name] == begun[name] for name in committed), "a committed step ran again"
    assert all(times <= begun[name] + 1 for name, times in traced.items()), "a step ran twice after the kill"
    assert max(done.values(), default=1) == 1, "a step was committed twice"
    assert stage.engine() == {"global_lock": False, "global_status": "RUNNING", "running_processes": 0}
    if scenario.ends == "aborted":
        assert "Two" not in traced, "a step ran after the abort"


def test_the_table_holds_every_crash_point_of_the_source() -> None:
    named = {
        name
        for package in OUR_PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in _points(path.read_text())
    }

    assert named | {"in step"} == {kill.point for kill in KILLS}


def _points(source: str) -> Iterator[str]:
    """Yield the names that the source gives to ``crash_point``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "crash_point":
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value
