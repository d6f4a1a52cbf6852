"""What happens to PostgreSQL and its transactions."""

from collections.abc import AsyncGenerator

from tests.faults.faulting import fault
from tests.faults.scene import Scene


@fault("writer", hold_seconds=(3.0, 10.0))
async def transaction_held(scene: Scene) -> AsyncGenerator[None, None]:
    """A transaction stays open while thousands of later ones commit, and commits after them; nobody is exempt."""
    process_id = scene.chance.choice(scene.world.processes.held)
    await scene.do(lambda: scene.world.writer.hold(process_id))
    yield
    await scene.do(scene.world.writer.release)


@fault("database", hold_seconds=(0.5, 3.0))
async def postgres_restarted(scene: Scene) -> AsyncGenerator[None, None]:
    """PostgreSQL ends all connections, is away, and comes back; everyone is exempt meanwhile."""
    with scene.exempt(scene.clients):
        await scene.do(scene.world.postgres.stop)
        yield
        await scene.do(scene.world.postgres.bring_back)
