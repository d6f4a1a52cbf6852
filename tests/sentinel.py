"""A Redis with a replica, watched by Sentinels; a test kills or halts its master and brings it back."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redis import Redis

from tests import services
from tests.restartable import RestartableRedis
from tests.waiting import eventually

MASTER_NAME = "orchestrator"
SENTINELS = 3
QUORUM = 2
# A master waits five seconds for further replicas before it sends the first one its data.
PROMPT = ["--repl-diskless-sync-delay", "0"]
# In milliseconds; by default they look and tell every one to ten seconds, of which a test would wait several.
QUICK = {"INFO-PERIOD": 200, "PUBLISH-PERIOD": 200, "PING-PERIOD": 500, "ASK-PERIOD": 100, "ELECTION-TIMEOUT": 500}
# A Sentinel that was not scheduled for two seconds does nothing for so long.
QUICK["TILT-PERIOD"] = 1000


class SentinelSet:
    """A master, a replica, and three Sentinels who let the replica take over about a second after the master fell.

    The password, if there is one, is that of master and replica; Sentinels ask for none.
    """

    def __init__(self, password: str = "") -> None:
        self._password = password
        options = [*PROMPT, "--requirepass", password, "--masterauth", password] if password else PROMPT
        with ExitStack() as stack:
            first = stack.enter_context(RestartableRedis(*options))
            second = stack.enter_context(RestartableRedis(*options, "--replicaof", f"127.0.0.1 {first.port}"))
            self._redises = [first, second]
            self._sentinels = [stack.enter_context(_sentinel(first.port, password)) for _ in range(SENTINELS)]
            eventually(self._is_whole)
            self._running = stack.pop_all()
        self.addresses = [f"127.0.0.1:{port}" for port in self._sentinels]
        login = f":{password}@" if password else ""
        self.url = f"redis+sentinel://{login}{','.join(self.addresses)}/{MASTER_NAME}/0"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def master(self) -> RestartableRedis:
        """The Redis that most Sentinels name as the master, dead or alive."""
        named = [_view(sentinel)["port"] for sentinel in self._sentinels]
        return max(self._redises, key=lambda redis: named.count(redis.port))

    def kill_master(self) -> None:
        """End the master as a crash does; the Sentinels have yet to notice."""
        self.master.kill()

    def bring_back(self) -> None:
        """Start what was killed, let what is halted go on; wait until one replicates the other and all Sentinels know.

        A former master comes back as a master, as in life, and is told by the Sentinels what it is now.
        """
        for redis in self._redises:
            redis.bring_back()
        eventually(self._is_whole)

    def close(self) -> None:
        """Stop all of them; idempotent."""
        self._running.close()

    def _is_whole(self) -> bool:
        views = [_view(sentinel) for sentinel in self._sentinels]
        agreed = len({view["port"] for view in views}) == 1
        complete = all(view["num-slaves"] == 1 and view["num-other-sentinels"] == SENTINELS - 1 for view in views)
        return agreed and complete and all(view["flags"] == "master" for view in views) and self._is_replicated()

    def _is_replicated(self) -> bool:
        roles = {redis.port: _replication(redis.port, self._password) for redis in self._redises}
        master = roles.pop(self.master.port)
        return master["role"] == "master" and all(role.get("master_link_status") == "up" for role in roles.values())


@contextmanager
def _sentinel(master_port: int, password: str) -> Iterator[int]:
    """Run a Sentinel and yield its port."""
    port = services.free_port()
    with tempfile.TemporaryDirectory(prefix="t-sentinel-", ignore_cleanup_errors=True) as folder:
        configuration = Path(folder, "sentinel.conf")
        configuration.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor {MASTER_NAME} 127.0.0.1 {master_port} {QUORUM}\n"
            f"sentinel down-after-milliseconds {MASTER_NAME} 1000\n"
            f"sentinel failover-timeout {MASTER_NAME} 1000\n"
            + (f"sentinel auth-pass {MASTER_NAME} {password}\n" if password else "")
        )
        command = [services.find_redis(), str(configuration), "--sentinel"]
        log = Path(folder, "log")
        with services.running(command, log, lambda: services.answers_ping(port), signal.SIGTERM):
            with Redis(port=port) as client:
                client.execute_command("SENTINEL", "DEBUG", *(word for pair in QUICK.items() for word in pair))
            yield port


def _view(sentinel: int) -> dict[str, Any]:
    """Return what the Sentinel on that port knows of the master."""
    with Redis(port=sentinel, decode_responses=True) as client:
        masters: dict[str, dict[str, Any]] = client.sentinel_masters()
        return masters[MASTER_NAME]


def _replication(port: int, password: str) -> dict[str, Any]:
    with Redis(port=port, password=password or None, decode_responses=True) as client:
        return dict(client.info("replication"))
