"""Measure what clients that mean harm cost the others: the p99 from commit to frame, calm and attacked, and a ratio.

    python -m benchmarks.hostility [--rounds 5] [--rate 20]

Calm rounds and rounds under attack take turns on one server as ``make serve`` runs it, whose limits would refuse so
many from one address and are raised. Under attack 200 sockets never read what they get, and an OS process of its own
opens connections at ``--rate`` a second: each sends one of the inputs of ``docs/security.md``, section 9, every tenth
one ten thousand tiny messages. What is measured, and how, is as in ``benchmarks.latency``.
"""

import argparse
import contextlib
import itertools
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.latency import RAISED_LIMITS, deliver, report
from tests.functional.hostile_inputs import INPUTS
from tests.functional.raw_frames import HANDSHAKE, TEXT, frame
from tests.servers import ROOT, manage, server
from tests.services import services

CLIENTS = 100
CHANGES = 100
CHANGES_PER_SECOND = 20.0
SILENT_SOCKETS = 200
FLOOD = frame(TEXT, b"x") * 10_000
FLOOD_EVERY = 10
WANTED = 1.2


def attack(port: int, rate: float) -> None:
    """Send one input after the other, each on a connection of its own, until the standard input ends."""
    begin = time.monotonic()
    os.set_blocking(sys.stdin.fileno(), False)
    inputs = [data for data, _ in INPUTS.values()]
    for number, data in enumerate(itertools.cycle(inputs)):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        if sys.stdin.buffer.read(1) == b"":
            return
        # The server may end the connection before it has taken all.
        with contextlib.suppress(OSError), handshake(port) as attacker:
            attacker.sendall(FLOOD if number % FLOOD_EVERY == 0 else data)
            attacker.recv(65_536)


def handshake(port: int) -> socket.socket:
    """Return a socket that has asked for the channel."""
    client = socket.create_connection(("127.0.0.1", port), 5)
    client.sendall(HANDSHAKE.format(port=port).encode())
    return client


@contextlib.contextmanager
def under_attack(port: int, rate: float) -> Iterator[None]:
    """Attack the server until the block ends."""
    command = [sys.executable, "-m", "benchmarks.hostility", "--port", str(port), "--rate", str(rate)]
    with contextlib.ExitStack() as silent:
        for _ in range(SILENT_SOCKETS):
            silent.enter_context(handshake(port))
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as attacker:
            yield
            assert attacker.stdin is not None
            attacker.stdin.close()


def measure(port: int) -> list[float]:
    """Return the seconds of all deliveries of one round."""
    (seconds,) = deliver([port], client_count=CLIENTS, change_count=CHANGES, rate=CHANGES_PER_SECOND)
    assert len(seconds) == CLIENTS * CHANGES, "a delivery is missing"
    return seconds


def main() -> int:
    """Run the measurement, print its figures, and return 1 if the attack makes the others wait longer than wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=20.0, help="hostile connections per second")
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.port is not None:
        attack(options.port, options.rate)
        return 0
    calm, attacked = [], []
    with services() as addresses:
        os.environ.update({"DEBUG": "true", "LOG_LEVEL": "WARNING", **RAISED_LIMITS, **addresses})
        manage("migrate", "--verbosity", "0")
        with server() as target:
            for number in range(1, options.rounds + 1):
                calm.append(report(f"calm {number}", measure(target.port)))
                with under_attack(target.port, options.rate):
                    attacked.append(report(f"attacked {number}", measure(target.port)))
            assert "Traceback" not in target.log.read_text(errors="replace")
    ratio = statistics.median(attacked) / statistics.median(calm)
    print(f"ratio        the median p99 under attack is {ratio:.2f} times the calm one (wanted: at most {WANTED})")
    return 0 if ratio <= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
