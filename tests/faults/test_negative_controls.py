"""With a protection switched off the same run finds stale pictures: it would notice if the protection were broken."""

import pytest

from tests.faults.oracle import BOUND_SECONDS
from tests.faults.run import Plan, Report, run
from tests.faults.sabotage import Sabotage
from tests.faults.world import World

pytestmark = pytest.mark.timeout(120)

SEED = 7


def finds_staleness(report: Report) -> bool:
    """Return whether the run failed for what the protection is for; too little load would prove nothing."""
    return report.stale_clients > 0 or report.lateness.seconds > BOUND_SECONDS


def test_with_the_log_reader_off_what_redis_loses_stays_stale(world: World) -> None:
    with world.serving(EVENTS_LOG_INTERVAL_SECONDS="3600"):
        report = run(world, Plan(seconds=0, seed=SEED, only=["redis_killed"]))

    assert finds_staleness(report), str(report)


def test_with_the_trailing_frame_of_the_throttle_off_lists_stay_stale(world: World) -> None:
    # A long window, so that clients have fetched before its last change; not in each round, so there may be a few.
    with world.serving(Sabotage.TRAILING_FRAME_FORGOTTEN, EVENTS_LIST_THROTTLE_MS="1000"):
        report = run(world, Plan(seconds=20, seed=SEED, only=[]))

    assert finds_staleness(report), str(report)


def test_with_the_replay_on_connect_off_clients_that_come_while_something_changes_stay_stale(world: World) -> None:
    with world.serving(EVENTS_REPLAY_ON_CONNECT_SECONDS="0"):
        report = run(world, Plan(seconds=0, seed=SEED, only=["clients_come_and_go"]))

    assert finds_staleness(report), str(report)
