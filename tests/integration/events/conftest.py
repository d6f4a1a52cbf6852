"""The event path on the real database and the real channel layer: nothing of one test reaches the next."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.db import connection

from events import conf
from events.broadcast_thread import broadcast_thread
from events.changes import LoggedChange
from events.running_manager import running_manager, stop_manager
from events.websocket_manager import WebSocketManager
from tests.integration.events.clients import Client
from tests.integration.events.layers import count_subscriptions
from tests.waiting import aeventually


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only another backend can show; those tests are marked ``once``, so another pass runs them."""
    absent = set()
    if connection.vendor != "postgresql":
        absent.add("postgresql")
    if django_settings.ENVIRONMENT.redis_url is None:
        absent.add("redis_layer")
    left_out = [
        item
        for item in items
        if isinstance(item, pytest.Function)
        and item.get_closest_marker("once")
        and absent.intersection(item.fixturenames)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def postgresql() -> None:
    """Say that the test is about PostgreSQL; it must be marked ``once``."""
    assert connection.vendor == "postgresql", "mark this test once"


@pytest.fixture
def redis_layer() -> None:
    """Say that the test is about Redis; it must be marked ``once``."""
    assert django_settings.ENVIRONMENT.redis_url is not None, "mark this test once"


@pytest.fixture(autouse=True)
def _drained_broadcast_thread() -> Iterator[None]:
    """Leave no change of this test in the queue of the broadcast thread."""
    yield
    broadcast_thread.stop()


@pytest.fixture
def slow_log(configure: Callable[..., None]) -> None:
    """Read the change log so rarely that it brings nothing during a test: only the fast path delivers."""
    configure(events_log_interval_seconds=3600)


@pytest.fixture
def quick_log(configure: Callable[..., None]) -> None:
    """Read the change log so often that a test need not wait for it."""
    configure(events_log_interval_seconds=0.05)


@pytest.fixture
def quick_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once after a failure."""
    monkeypatch.setattr(conf, "RETRY_SECONDS", 0.01)


@pytest.fixture
def held_back(monkeypatch: pytest.MonkeyPatch) -> list[LoggedChange]:
    """Keep changes from the broadcast thread, so that only the log delivers; the list is what was kept."""
    held: list[LoggedChange] = []
    monkeypatch.setattr(broadcast_thread, "put", held.extend)
    return held


@pytest.fixture
async def stopping_manager() -> AsyncIterator[None]:
    """Stop this OS process's manager at the end of the test."""
    yield
    await stop_manager()


@pytest.fixture
async def start(stopping_manager: None) -> Callable[[], Awaitable[WebSocketManager]]:
    """Return a function that starts the manager and waits until the channel layer has its subscription."""

    async def start_manager() -> WebSocketManager:
        manager = await running_manager()
        await aeventually(lambda: count_subscriptions() == 1)
        return manager

    return start_manager


@pytest.fixture
async def connect(
    start: Callable[[], Awaitable[WebSocketManager]],
) -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    """Return a function that connects a websocket client, which leaves at the end of the test."""
    clients: list[Client] = []

    async def connect_client(path: str, **headers: str) -> Client:
        await start()
        client = Client(path, **headers)
        clients.append(client)
        accepted, detail = await client.connect()
        assert accepted, detail
        return client

    yield connect_client
    for client in clients:
        await client.leave()
