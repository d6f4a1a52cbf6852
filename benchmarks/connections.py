"""Measure what a connection costs that is only open, and how fast a server takes new ones.

    python -m benchmarks.connections [--rounds 1] [--clients 1000 5000 10000] [--only orchestrator-ws nchan]

In each round each contender in turn has a new server on one core, whose memory is read (Pss, of the OS process that
serves) before the first client has come and whenever so many are connected and nothing has come or gone for a while.
As many handshakes as ``benchmarks.load_generator.IN_FLIGHT`` are under way at a time.
"""

import math
import sys
import time

from benchmarks.contenders import running
from benchmarks.contenders.running import Contender
from benchmarks.machine import cpu_seconds, resident_bytes
from benchmarks.programs import load
from benchmarks.results import Figures, Wanted
from benchmarks.turns import arguments, take_turns

SETTLE_SECONDS = 3.0  # what the handshakes left behind is collected, and each client has its first frames
FIRST_CLIENTS = 100  # what only the first client costs is no cost of a client
MEMORY, CPU, FAILED = "KB per client", "CPU per connect, µs", "connects failed"
GROWTH = "{}, ratio to the step before"
# Those of "Fast: fan-out, latency, connection cost and storms".
WANTED = [
    Wanted(scenario="5000 clients", figure=MEMORY, peer=None, at_most=26.0),
    Wanted(scenario="10000 clients", figure=GROWTH.format(MEMORY), peer=None, at_most=1.15),
    Wanted(scenario="10000 clients", figure=GROWTH.format(CPU), peer=None, at_most=1.15),
    Wanted(scenario="10000 clients", figure=FAILED, peer=None, at_most=0.0),
]


def measure(contender: Contender, addresses: dict[str, str], steps: list[int]) -> dict[str, Figures]:
    """Return the figures of one contender, for each number of clients."""
    figures: dict[str, Figures] = {}
    with contender.run(addresses) as target, load() as clients:
        clients.ask("connect", url=target.url, clients=FIRST_CLIENTS)
        time.sleep(SETTLE_SECONDS)
        connected, empty = FIRST_CLIENTS, resident_bytes(target.pid)
        for step in (step for step in steps if step <= contender.most_clients):
            cpu = cpu_seconds(target.pid)
            connecting = clients.ask("connect", url=target.url, clients=step - connected)
            cpu = cpu_seconds(target.pid) - cpu
            time.sleep(SETTLE_SECONDS)
            came = max(1, step - connected - connecting["failed"])
            costs = {
                MEMORY: (resident_bytes(target.pid) - empty) / 1024 / (connected + came - FIRST_CLIENTS),
                CPU: cpu * 1e6 / came,
            }
            before = list(figures.values())[-1:]
            figures[f"{step} clients"] = {
                **costs,
                **{GROWTH.format(name): costs[name] / last[name] for last in before for name in costs},
                "connects/s": came / connecting["seconds"],
                FAILED: connecting["failed"],
                **{f"handshake {q}, ms": connecting["handshakes"].get(q, math.nan) * 1e3 for q in ("p50", "p99")},
            }
            connected += came
        clients.ask("cut")
    return figures


def main() -> int:
    """Run the measurement, print and write its figures, and return 1 where what is wanted is missed."""
    parser = arguments(__doc__, running.ALL)
    parser.add_argument("--clients", type=int, nargs="+", default=[1000, 5000, 10_000])
    options = parser.parse_args()
    return take_turns(
        "connections",
        running.ALL,
        lambda contender, addresses: measure(contender, addresses, options.clients),
        WANTED,
        options,
    )


if __name__ == "__main__":
    sys.exit(main())
