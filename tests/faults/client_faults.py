"""What clients do. They are exempt while they read nothing or little; nobody else is."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from tests.faults.clients import Client
from tests.faults.connections import Connection
from tests.faults.faulting import fault
from tests.faults.scene import Scene

RECONNECT_INTERVAL_SECONDS = 0.8
RECONNECTING_SHARE = 0.5


@fault("clients", hold_seconds=(3.0, 10.0))
async def clients_stop_reading(scene: Scene) -> AsyncGenerator[None, None]:
    """Clients read nothing, then all that has waited for them."""
    with scene.exempt(scene.victims):
        _each(scene, Connection.stop_reading)
        yield
        await asyncio.gather(*(client.read_again() for client in scene.victims))


@fault("clients", hold_seconds=(3.0, 10.0))
async def clients_read_a_byte_per_second(scene: Scene) -> AsyncGenerator[None, None]:
    """Clients read hardly anything, then all that has waited for them."""
    with scene.exempt(scene.victims):
        _each(scene, Connection.read_slowly)
        yield
        await asyncio.gather(*(client.read_again() for client in scene.victims))


@fault("clients")
async def clients_vanish(scene: Scene) -> AsyncGenerator[None, None]:
    """Clients are gone without a word, their connections stay; others take their places."""
    with scene.exempt(scene.victims):
        scene.ghosts += [left for client in scene.victims if (left := client.vanish()) is not None]
    yield


@fault("clients", hold_seconds=(2.0, 4.0))
async def clients_come_and_go(scene: Scene) -> AsyncGenerator[None, None]:
    """All clients but the slow ones cut their connections again and again, and connect anew."""
    others = [client for client in scene.clients if client not in scene.slow]
    with scene.exempt(others):
        coming_and_going = asyncio.create_task(_come_and_go(scene, others))
        yield
        coming_and_going.cancel()


async def _come_and_go(scene: Scene, clients: list[Client]) -> None:
    while True:
        for client in clients:
            if scene.chance.random() < RECONNECTING_SHARE:
                client.hang_up()
        await asyncio.sleep(RECONNECT_INTERVAL_SECONDS)


def _each(scene: Scene, what: Callable[[Connection], None]) -> None:
    for client in scene.victims:
        if client.connection is not None:
            what(client.connection)
