"""Measure what a frame to a client costs the server, beside the textbook's way, orchestrator-core and nchan.

    python -m benchmarks.fanout [--rounds 1] [--seconds 2] [--only orchestrator-ws nchan]

In each round each contender in turn has, for each scenario, a new server on one core; the load, the publisher, Redis
and PostgreSQL share the other one. A change is two frames, LIST and the process, whoever sends it. CPU time is the
kernel's, of the server's OS process, from the first change until the last frame is there, or 5 seconds after the last
change. A key is lost at a client that until then has not seen it at or after its last commit. Where the server's core
is used and waited for less than all the time, the server was not what limited the frames per second.
"""

import sys
import time
from dataclasses import asdict, dataclass

from benchmarks.contenders import running
from benchmarks.contenders.running import Addresses, Contender, Target
from benchmarks.machine import cpu_seconds, waiting_seconds
from benchmarks.plot import write_plot
from benchmarks.programs import Load, load
from benchmarks.results import Figures, Wanted
from benchmarks.turns import arguments, take_turns

NAME = "fanout"
KEYS = 100
READ_EVERY_SECONDS = 0.05
WARM_UP_SECONDS, WARM_UP_RATE = 1.0, 5.0
POLL_SECONDS, QUIET_SECONDS, DRAIN_SECONDS = 0.1, 1.0, 5.0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """How many clients hear how many changes."""

    clients: int
    rate: float
    """Changes per second."""
    contenders: tuple[Contender, ...] = running.ALL
    """Those that are measured: where the slow ones show nothing new, they are left out."""


SCENARIOS = {
    "25 clients, 100/s": Scenario(clients=25, rate=100, contenders=(running.OWN, running.NCHAN)),
    "500 clients, 100/s": Scenario(clients=500, rate=100),
    "2000 clients, saturated": Scenario(
        clients=2000, rate=200, contenders=(running.OWN, running.NCHAN, running.ORCHESTRATOR_CORE)
    ),
    "5000 clients, 10/s": Scenario(
        clients=5000, rate=10, contenders=(running.OWN, running.NCHAN, running.TEXTBOOK_CORE)
    ),
    "10000 clients, 5/s": Scenario(clients=10_000, rate=5, contenders=(running.OWN, running.NCHAN)),
}
COST = "CPU per frame, µs"
LOST = "lost keys, %"
# Those of "Fast: fan-out, latency, connection cost and storms".
WANTED = [
    Wanted(scenario="500 clients, 100/s", figure=COST, peer=running.NCHAN.name, at_most=2.0),
    Wanted(scenario="500 clients, 100/s", figure=COST, peer=running.TEXTBOOK_CORE.name, at_most=0.1),
    Wanted(scenario="500 clients, 100/s", figure=COST, peer=running.TEXTBOOK_PUBSUB.name, at_most=0.1),
    Wanted(scenario="500 clients, 100/s", figure=COST, peer=running.ORCHESTRATOR_CORE.name, at_most=0.1),
    Wanted(scenario="2000 clients, saturated", figure=COST, peer=running.ORCHESTRATOR_CORE.name, at_most=0.2),
    Wanted(scenario="2000 clients, saturated", figure=LOST, peer=None, at_most=0.0),
]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What clocks and counters say at one moment or, as the difference of two, what happened between them."""

    seconds: float
    cpu_seconds: float
    waiting_seconds: float
    frames: int
    load_cpu_seconds: float

    def __sub__(self, earlier: "Reading") -> "Reading":
        before = asdict(earlier)
        return Reading(**{name: value - before[name] for name, value in asdict(self).items()})


def read(target: Target, clients: Load) -> Reading:
    """Return what clocks and counters say now."""
    count = clients.ask("count")
    return Reading(
        seconds=time.monotonic(),
        cpu_seconds=cpu_seconds(target.pid),
        waiting_seconds=waiting_seconds(target.pid),
        frames=count["frames"],
        load_cpu_seconds=count["cpu_seconds"],
    )


def read_when_quiet(target: Target, clients: Load) -> Reading:
    """Return what was read when the last frames came, or after a while."""
    last = read(target, clients)
    deadline = last.seconds + DRAIN_SECONDS
    while (now := read(target, clients)).seconds < deadline:
        if now.frames != last.frames:
            last = now
        elif now.seconds > last.seconds + QUIET_SECONDS:
            break
        time.sleep(POLL_SECONDS)
    return last


def measure(target: Target, clients: Load, scenario: Scenario, seconds: float) -> Figures:
    """Return the figures of one scenario; its clients are connected."""
    clients.ask("forget")
    before = read(target, clients)
    target.publisher.begin(rate=scenario.rate, seconds=seconds, keys=KEYS)
    done = target.publisher.finish()
    spent = read_when_quiet(target, clients) - before
    lost = clients.ask("lost", commits=done["commits"])
    offered = 2 * scenario.clients * done["changes"]
    per_frame = {
        COST: spent.cpu_seconds * 1e6,
        "load's CPU per frame, µs": spent.load_cpu_seconds * 1e6,
    }
    return {
        **{name: value / spent.frames for name, value in per_frame.items() if spent.frames},
        "frames/s": spent.frames / spent.seconds,
        "offered frames/s": offered / done["seconds"],
        "delivered, %": 100 * spent.frames / offered,
        "server core, %": 100 * spent.cpu_seconds / spent.seconds,
        "waited for the core, %": 100 * spent.waiting_seconds / spent.seconds,
        LOST: 100 * lost["lost"] / lost["pairs"],
    }


def measure_all(contender: Contender, addresses: Addresses, seconds: float) -> dict[str, Figures]:
    """Return the figures of one contender by scenario."""
    figures = {}
    for name, scenario in SCENARIOS.items():
        if contender not in scenario.contenders:
            continue
        # A server of its own for each: what one scenario has left to be done is not the next one's.
        with contender.run(addresses) as target, load() as clients:
            clients.ask("connect", url=target.url, clients=scenario.clients)
            clients.ask("pace", seconds=READ_EVERY_SECONDS)
            # What it does for the first time counts for nobody.
            target.publisher.begin(rate=WARM_UP_RATE, seconds=WARM_UP_SECONDS, keys=KEYS)
            target.publisher.finish()
            read_when_quiet(target, clients)
            figures[name] = measure(target, clients, scenario, seconds)
    return figures


def main() -> int:
    """Run the measurement, print and write its figures, and return 1 where a ratio is missed."""
    parser = arguments(__doc__, running.ALL)
    parser.add_argument("--seconds", type=float, default=2.0, help="for which changes are announced, in each scenario")
    options = parser.parse_args()
    is_missed = take_turns(
        NAME,
        running.ALL,
        lambda contender, addresses: measure_all(contender, addresses, options.seconds),
        WANTED,
        options,
    )
    write_plot(NAME, COST)
    return is_missed


if __name__ == "__main__":
    sys.exit(main())
