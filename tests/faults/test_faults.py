"""After every fault each client's picture equals the database, without the client doing anything."""

from collections.abc import Iterator

import pytest

from tests.faults.catalog import FAULTS
from tests.faults.run import Plan, run
from tests.faults.world import World

SEED = 26
SHORT_SECONDS = 12.0
BOTH_PATHS_SECONDS = 20.0
ONE_WORLD = [name for name, fault in FAULTS.items() if fault.with_sentinels is not True]


@pytest.fixture(scope="module")
def served_world(world: World) -> Iterator[World]:
    with world.serving():
        yield world


@pytest.mark.timeout(120)
def test_no_picture_stays_stale_whatever_breaks_together(served_world: World) -> None:
    report = run(served_world, Plan(seconds=SHORT_SECONDS, seed=SEED))

    assert not report.failures, str(report)


@pytest.mark.long
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ONE_WORLD)
def test_no_picture_stays_stale_after_one_fault(served_world: World, name: str) -> None:
    report = run(served_world, Plan(seconds=0, seed=SEED, only=[name], patient=True))

    assert not report.failures, str(report)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_no_picture_stays_stale_while_both_paths_of_a_change_break_again_and_again(served_world: World) -> None:
    plan = Plan(seconds=BOTH_PATHS_SECONDS, seed=SEED, only=["redis_killed", "postgres_restarted"])

    report = run(served_world, plan)

    assert not report.failures, str(report)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_no_picture_stays_stale_when_a_replica_takes_over(sentinel_world: World) -> None:
    with sentinel_world.serving():
        report = run(sentinel_world, Plan(seconds=0, seed=SEED, only=["redis_failed_over"], patient=True))

    assert not report.failures, str(report)
