"""A run: rounds of load, in each of which faults happen and heal, and the pictures are compared with the database."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.faults.catalog import FAULTS, Fault
from tests.faults.oracle import BOUND_SECONDS, Worst
from tests.faults.scene import MIN_CHANGES_PER_SECOND, Scene
from tests.faults.world import World

MAX_FAULTS_AT_A_TIME = 3
WARM_UP_SECONDS = 0.5
ALWAYS_HEALS_WITHIN_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do: rounds until ``seconds`` have passed, each with some faults, or with just those of ``only``.

    A ``patient`` run holds the faults as long as the guarantees speak of, another one a few seconds.
    """

    seconds: float
    seed: int
    only: Sequence[str] | None = None
    patient: bool = False

    def rounds(self, *, with_sentinels: bool) -> Iterator[list[Fault]]:
        """Yield the faults of one round after the other, for ever; all faults come before one comes again."""
        chance = random.Random(self.seed)
        possible = [
            fault
            for fault in FAULTS.values()
            if fault.with_sentinels in (None, with_sentinels) and fault.hold_seconds[self.patient] is not None
        ]
        waiting: list[Fault] = []
        while self.only is not None:
            yield [FAULTS[name] for name in self.only]
        while True:
            wanted = chance.randint(1, MAX_FAULTS_AT_A_TIME)
            together: list[Fault] = []
            while len(together) < wanted:
                waiting = waiting or chance.sample(possible, len(possible))
                subjects = {fault.subject for fault in together}
                fitting = [fault for fault in waiting if fault.subject not in subjects]
                if not fitting:
                    break
                together.append(fitting[0])
                waiting.remove(fitting[0])
            yield together


@dataclass(kw_only=True)
class Report:
    """What happened, and whether the guarantees held."""

    faults: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    changes: int = 0
    changes_per_second: float = 0.0
    frames: int = 0
    slowest_fetch_seconds: float = 0.0
    lateness: Worst = field(default_factory=Worst)
    staleness: Worst = field(default_factory=Worst)
    stale_clients: int = 0

    @property
    def failures(self) -> list[str]:
        """What was not as it must be, in sentences; empty for a run that passed."""
        failures = []
        if self.stale_clients:
            failures.append(f"{self.stale_clients} clients stayed stale")
        if self.lateness.seconds > BOUND_SECONDS:
            failures.append(f"a change was not told within {BOUND_SECONDS:.1f} s: {self.lateness.what}")
        if self.changes_per_second < MIN_CHANGES_PER_SECOND:
            failures.append(f"the load was below {MIN_CHANGES_PER_SECOND} changes per second: this run proves nothing")
        return failures

    def __str__(self) -> str:
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items())) or "none"
        return "\n".join(
            [
                f"rounds           {self.rounds}",
                f"faults injected  {faults}",
                f"changes          {self.changes}",
                f"changes/s        {self.changes_per_second:.0f}",
                f"deliveries       {self.frames}",
                f"slowest fetch    {self.slowest_fetch_seconds:.2f} s",
                f"worst lateness   {self.lateness.seconds:.2f} s",
                f"worst staleness  {self.staleness.seconds:.2f} s",
                f"stale clients    {self.stale_clients}",
                *(f"FAILED           {failure}" for failure in self.failures),
            ]
        )


def run(world: World, plan: Plan) -> Report:
    """Play the plan in the world, whose servers serve, and return what happened. Ends early when something is stale."""
    return asyncio.run(_run(world, plan), debug=False)


async def _run(world: World, plan: Plan) -> Report:
    report = Report()
    changes_before, end_at = world.history.changes, time.monotonic() + plan.seconds
    async with Scene(world, seed=plan.seed) as scene:
        for faults in plan.rounds(with_sentinels=world.sentinels is not None):
            await _play_round(scene, faults, patient=plan.patient)
            report.rounds += 1
            report.faults.update(fault.name for fault in faults)
            report.stale_clients = await scene.settle()
            if report.stale_clients or time.monotonic() > end_at:
                break
        report.changes = world.history.changes - changes_before
        report.changes_per_second = report.changes / scene.load_seconds
        report.frames = scene.frames
        report.slowest_fetch_seconds = scene.slowest_fetch_seconds
        report.lateness, report.staleness = scene.oracle.lateness, scene.oracle.staleness
    return report


async def _play_round(scene: Scene, faults: Sequence[Fault], *, patient: bool) -> None:
    async with scene.load():
        await asyncio.sleep(WARM_UP_SECONDS)
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                group.create_task(_let_happen(scene, fault, patient=patient))
        await asyncio.sleep(ALWAYS_HEALS_WITHIN_SECONDS)


async def _let_happen(scene: Scene, fault: Fault, *, patient: bool) -> None:
    await asyncio.sleep(scene.chance.uniform(0, 0.5))
    async with fault.inject(scene):
        await asyncio.sleep(fault.hold_seconds[patient] or 0.0)
