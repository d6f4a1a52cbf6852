"""What a server does before it serves."""

import gc
from collections.abc import Iterator

import pytest

from orchestrator_ws import lifespan

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def the_collector_stays_as_it_was() -> Iterator[None]:
    gc.unfreeze()
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_the_start_made_is_not_looked_through_again() -> None:
    before = len(gc.get_objects())

    lifespan.settle()

    assert len(gc.get_objects()) < before / 100
    assert gc.get_freeze_count() > before / 2
    assert gc.get_threshold() == lifespan.COLLECTED_AFTER


async def test_it_is_done_before_the_server_says_that_it_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing() -> None:
        pass

    monkeypatch.setattr(lifespan, "start_up", lambda: None)
    for part in ("listen", "shut_down"):
        monkeypatch.setattr(lifespan, part, nothing)
    said: list[str] = []
    orders = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(orders)}

    async def send(message: dict[str, str]) -> None:
        said.append(f"{message['type']} {gc.get_freeze_count() > 0}")

    await lifespan.lifespan_application({"type": "lifespan"}, receive, send)

    assert said == ["lifespan.startup.complete True", "lifespan.shutdown.complete True"]
