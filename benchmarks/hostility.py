"""Measure what clients that mean harm cost the others: the p99 from commit to frame, beside decent ones, and a ratio.

    python -m benchmarks.hostility [--rounds 1] [--rate 20]

Rounds in decent and in hostile company take turns on one server as ``make serve`` runs it, alone on its core, whose
limits would refuse so many from one address and are raised. The company is 200 sockets, and one OS process that opens
connections at ``--rate`` a second. Decent ones read what they get, and each connection sends a ping and leaves. Hostile
ones never read, and each connection sends one of the inputs of ``docs/security.md``, section 9, every tenth one ten
thousand tiny messages. Rounds without any company are printed for comparison. What is measured, and how, is as in
``benchmarks.latency``.
"""

import argparse
import contextlib
import itertools
import os
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from benchmarks.contenders.running import OWN_PUBLISHER, RAISED_LIMITS
from benchmarks.latency import deliver
from benchmarks.machine import LOAD_CORE, on_core, pinned_server
from benchmarks.programs import Publisher, load, publisher
from tests.functional.hostile_inputs import INPUTS
from tests.functional.raw_frames import HANDSHAKE, TEXT, frame
from tests.servers import ROOT, manage
from tests.services import services

CLIENTS = 100
CHANGES = 100
CHANGES_PER_SECOND = 20.0
SOCKETS = 200
DECENT = frame(TEXT, b"__ping__")
FLOOD = frame(TEXT, b"x") * 10_000
FLOOD_EVERY = 10
WANTED = 1.2


def visit(port: int, rate: float, *, are_hostile: bool) -> None:
    """Open one connection after the other until the standard input ends; each sends something and ends."""
    begin = time.monotonic()
    os.set_blocking(sys.stdin.fileno(), False)
    inputs = [data for data, _ in INPUTS.values()] if are_hostile else [DECENT]
    for number, data in enumerate(itertools.cycle(inputs)):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        if sys.stdin.buffer.read(1) == b"":
            return
        # The server may end the connection before it has taken all.
        with contextlib.suppress(OSError), handshake(port) as visitor:
            visitor.sendall(FLOOD if are_hostile and number % FLOOD_EVERY == 0 else data)
            visitor.recv(65_536)


def handshake(port: int) -> socket.socket:
    """Return a socket that has asked for the channel."""
    client = socket.create_connection(("127.0.0.1", port), 5)
    client.sendall(HANDSHAKE.format(port=port).encode())
    return client


def read_all(sockets: list[socket.socket], is_over: threading.Event) -> None:
    """Read whatever the sockets get, and throw it away."""
    with selectors.DefaultSelector() as selector:
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
        while not is_over.is_set():
            for key, _ in selector.select(timeout=0.1):
                os.read(key.fd, 65_536)


@contextlib.contextmanager
def company(port: int, rate: float, *, is_hostile: bool) -> Iterator[None]:
    """Keep the measured clients company until the block ends."""
    command = [sys.executable, "-m", "benchmarks.hostility", "--port", str(port), "--rate", str(rate)]
    if is_hostile:
        command.append("--hostile")
    is_over = threading.Event()
    with contextlib.ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(handshake(port)) for _ in range(SOCKETS)]
        reader = threading.Thread(target=read_all, args=([] if is_hostile else sockets, is_over))
        reader.start()
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as visitors:
            yield
            assert visitors.stdin is not None
            visitors.stdin.close()
        is_over.set()
        reader.join()


def measure(name: str, url: str, publishing: Publisher) -> float:
    """Print the latency of one round and return its p99 in seconds."""
    with load() as clients:
        clients.ask("connect", url=url, clients=CLIENTS)
        delivered = deliver(publishing, clients, change_count=CHANGES, rate=CHANGES_PER_SECOND)
    assert delivered["count"] == CLIENTS * CHANGES, "a delivery is missing"
    print(f"{name:<12}" + "".join(f" {q} {delivered[q] * 1e3:8.2f} ms  " for q in ("p50", "p99", "max")))
    return delivered["p99"]


def main() -> int:
    """Run the measurement, print its figures, and return 1 if the attack makes the others wait longer than wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--rate", type=float, default=20.0, help="hostile connections per second")
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--hostile", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.port is not None:
        visit(options.port, options.rate, are_hostile=options.hostile)
        return 0
    decent, hostile = [], []
    with on_core(LOAD_CORE), services() as addresses:
        os.environ.update({"DEBUG": "true", "LOG_LEVEL": "WARNING", **RAISED_LIMITS, **addresses})
        manage("migrate", "--verbosity", "0")
        with pinned_server() as target, publisher(OWN_PUBLISHER) as publishing:
            url = target.websocket_url()
            for number in range(1, options.rounds + 1):
                measure(f"alone {number}", url, publishing)
                with company(target.port, options.rate, is_hostile=False):
                    decent.append(measure(f"decent {number}", url, publishing))
                with company(target.port, options.rate, is_hostile=True):
                    hostile.append(measure(f"hostile {number}", url, publishing))
            assert "Traceback" not in target.log.read_text(errors="replace")
    ratio = statistics.median(hostile) / statistics.median(decent)
    print(f"ratio        p99 beside hostile clients is {ratio:.2f} times that beside decent ones (wanted: {WANTED})")
    return 0 if ratio <= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
