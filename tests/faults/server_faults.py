"""What happens to servers. Their clients are exempt while they are down, those of the others are not."""

from collections.abc import AsyncGenerator

from tests.faults.faulting import fault
from tests.faults.running_server import RunningServer
from tests.faults.sabotage import Sabotage
from tests.faults.scene import Scene


@fault("servers")
async def server_killed(scene: Scene) -> AsyncGenerator[None, None]:
    """One server dies and comes back."""
    server = scene.chance.choice(scene.world.servers)
    with scene.exempt(scene.clients_of(server)):
        await scene.do(server.kill)
        _tell_who_does_not_read(scene, server)
        yield
        await scene.do(server.bring_back)


@fault("servers")
async def server_terminated(scene: Scene) -> AsyncGenerator[None, None]:
    """One server is told to end, sends its clients away, and comes back."""
    server = scene.chance.choice(scene.world.servers)
    with scene.exempt(scene.clients_of(server)):
        await scene.do(server.terminate)
        _tell_who_does_not_read(scene, server)
        yield
        await scene.do(server.bring_back)


@fault("servers", hold_seconds=(None, 0.5))
async def servers_restarted_in_turn(scene: Scene) -> AsyncGenerator[None, None]:
    """A new version is rolled out: one server after the other is told to end and comes back."""
    for server in scene.world.servers:
        with scene.exempt(scene.clients_of(server)):
            await scene.do(server.terminate)
            _tell_who_does_not_read(scene, server)
            await scene.do(server.bring_back)
    yield


@fault("servers")
async def server_killed_before_publish(scene: Scene) -> AsyncGenerator[None, None]:
    """One server dies between a commit of its own and the broadcast."""
    server = scene.chance.choice(scene.world.servers)
    with scene.exempt(scene.clients_of(server)):
        server.saboteur.begin(Sabotage.DIE_BEFORE_PUBLISH)
        await scene.do(server.wait_for_death)
        _tell_who_does_not_read(scene, server)
        server.saboteur.end(Sabotage.DIE_BEFORE_PUBLISH)
        yield
        await scene.do(server.bring_back)


def _tell_who_does_not_read(scene: Scene, server: RunningServer) -> None:
    """Let clients that read nothing notice the end: TCP tells them seconds after they read on, whoever serves."""
    for client in scene.clients_of(server):
        if client.connection is not None and not client.connection.is_reading:
            client.hang_up()
