"""What happens to the broadcast of a change. The change log delivers it: nobody is exempt."""

from collections.abc import AsyncGenerator

from tests.faults.faulting import fault
from tests.faults.sabotage import Sabotage
from tests.faults.scene import Scene


@fault("broadcast")
async def every_broadcast_fails(scene: Scene) -> AsyncGenerator[None, None]:
    """In each OS process every ``group_send`` raises."""
    _begin(scene, Sabotage.SENDS_FAIL)
    yield
    _end(scene, Sabotage.SENDS_FAIL)


@fault("broadcast", hold_seconds=(3.0, 10.0))
async def some_broadcasts_lie(scene: Scene) -> AsyncGenerator[None, None]:
    """In each OS process one ``group_send`` in a hundred raises after it has sent."""
    _begin(scene, Sabotage.SENDS_LIE)
    yield
    _end(scene, Sabotage.SENDS_LIE)


@fault("writer", hold_seconds=(2.5, 2.5))
async def writer_killed_before_publish(scene: Scene) -> AsyncGenerator[None, None]:
    """The executor dies between a commit and its broadcast; long after comes another one."""
    writer = scene.world.writer
    writer.saboteur.begin(Sabotage.DIE_BEFORE_PUBLISH)
    await scene.do(writer.wait_for_death)
    writer.saboteur.end(Sabotage.DIE_BEFORE_PUBLISH)
    yield
    await scene.do(writer.bring_back)


def _begin(scene: Scene, sabotage: Sabotage) -> None:
    for saboteur in scene.world.saboteurs:
        saboteur.begin(sabotage)


def _end(scene: Scene, sabotage: Sabotage) -> None:
    for saboteur in scene.world.saboteurs:
        saboteur.end(sabotage)
