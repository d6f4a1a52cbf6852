"""An OS process that holds websockets and says what they got; ``benchmarks/load.py`` drives it, a JSON line at a time.

    python -m benchmarks.load_generator

Each client keeps, per key, the time of the last frame that held it (``time.monotonic``, which all OS processes share);
the key is the process id, at a fixed place of a frame of a fixed length. Linux only.
"""

import asyncio
import gc
import json
import selectors
import sys
import time
from collections.abc import Callable
from typing import Any

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.machine import raise_open_files
from benchmarks.publishing import frames

IN_FLIGHT = 64  # handshakes at a time where no rate is asked for
HANDSHAKE_SECONDS = 20.0
READ_BUFFER_BYTES = 2048

_example = frames("0" * 36)[1].encode()
LENGTH = len(_example)
KEY = slice(_example.index(b"0" * 36), _example.index(b"0" * 36) + 36)

Answer = dict[str, Any]


class Client(WSListener):
    """One websocket."""

    def __init__(self, counts: list[int], *, is_asking: bool) -> None:
        super().__init__()
        self._is_asking = is_asking
        # Frames and bytes of all clients.
        self._counts = counts
        self.seen: dict[bytes, float] = {}
        self.served: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Ask for a sign of life, if it is to be waited for."""
        self.transport = transport
        if self._is_asking:
            transport.send(WSMsgType.TEXT, b"__ping__")
        else:
            self.served.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Count a frame, and note its key."""
        if frame.msg_type != WSMsgType.TEXT:
            return
        size = frame.payload_size
        self._counts[0] += 1
        self._counts[1] += size
        if size == LENGTH:
            self.seen[frame.get_payload_as_bytes()[KEY]] = time.monotonic()
        if not self.served.done():
            self.served.set_result(None)


class PacedSelector(selectors.EpollSelector):
    """Looks for what came at a pace of its own: a load that reads each frame by itself costs more than its server."""

    pause_seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events, and for the pause."""
        time.sleep(self.pause_seconds)
        return super().select(timeout)


class Generator:
    """All clients of this OS process; the public methods are what it can be asked for."""

    def __init__(self, selector: PacedSelector) -> None:
        self._selector = selector
        self._clients: list[Client] = []
        self._counts = [0, 0]

    @property
    def frame_count(self) -> int:
        """How many frames all clients together got."""
        return self._counts[0]

    async def connect(self, url: str, clients: int, rate: float | None = None, *, is_asking: bool = False) -> Answer:
        """Connect so many clients, at a rate per second or as fast as the server takes them; return what it took.

        Where one asks, it is connected once the answer to its ping, or another frame, is there. Those that are not
        in time are left out, and counted.
        """
        begin, numbers = time.monotonic(), iter(range(clients))
        seconds: list[float] = []

        async def connect_one(number: int) -> None:
            if rate:
                await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
            before = time.monotonic()
            client = Client(self._counts, is_asking=is_asking)
            try:
                await ws_connect(
                    lambda: client,
                    url,
                    websocket_handshake_timeout=HANDSHAKE_SECONDS,
                    read_buffer_init_size=READ_BUFFER_BYTES,
                )
                await asyncio.wait_for(client.served, HANDSHAKE_SECONDS)
            except (TimeoutError, OSError, WSError):
                return
            seconds.append(time.monotonic() - before)
            self._clients.append(client)

        async def connect_some() -> None:
            for number in numbers:
                await connect_one(number)

        if rate:
            await asyncio.gather(*map(connect_one, numbers))
        else:
            await asyncio.gather(*(connect_some() for _ in range(IN_FLIGHT)))
        failed = clients - len(seconds)
        return {"seconds": time.monotonic() - begin, "failed": failed, "handshakes": quantiles(seconds)}

    async def count(self) -> Answer:
        """Return what all clients together got, and the CPU seconds of this OS process."""
        return {"frames": self.frame_count, "bytes": self._counts[1], "cpu_seconds": time.process_time()}

    async def pace(self, seconds: float) -> Answer:
        """Read what came at most once in so many seconds."""
        self._selector.pause_seconds = seconds
        return {}

    async def forget(self) -> Answer:
        """Forget the keys that were seen."""
        for client in self._clients:
            client.seen.clear()
        return {}

    async def lost(self, commits: dict[str, float]) -> Answer:
        """Return how many clients times keys did not see a key at or after its commit, and how many there are."""
        pairs = [(key.encode(), at) for key, at in commits.items()]
        lost = sum(client.seen.get(key, 0.0) < at for client in self._clients for key, at in pairs)
        return {"lost": lost, "pairs": len(pairs) * len(self._clients)}

    async def latencies(self, commits: dict[str, float]) -> Answer:
        """Return the quantiles of the seconds from each commit to each client."""
        pairs = [(key.encode(), at) for key, at in commits.items()]
        return quantiles([c.seen[key] - at for c in self._clients for key, at in pairs if key in c.seen])

    async def cut(self) -> Answer:
        """Drop all connections."""
        for client in self._clients:
            assert client.transport is not None
            client.transport.disconnect(graceful=False)
        self._clients.clear()
        return {}


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Return the count, p50, p99, p99.9 and the maximum."""
    ordered = sorted(seconds)
    if not ordered:
        return {"count": 0}
    at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * q))] for name, q in QUANTILES.items()}
    return {"count": len(ordered), **at, "max": ordered[-1]}


QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}


async def serve(selector: PacedSelector) -> None:
    """Do what each line of the standard input asks for, ``["method", {"argument": value}]``, until it ends."""
    generator = Generator(selector)
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, arguments = json.loads(line)
        method: Callable[..., Any] = getattr(generator, name)
        print(json.dumps(await method(**arguments)), flush=True)


if __name__ == "__main__":
    raise_open_files()
    # It would hold up all clients for as long as it takes to look through what they have seen.
    gc.disable()
    own_selector = PacedSelector()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(own_selector)) as runner:
        runner.run(serve(own_selector))
