"""What a fault is, and the register of all of them."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from tests.faults.scene import Scene

Inject: TypeAlias = Callable[[Scene], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that breaks when its block begins and is healed when it ends.

    ``hold_seconds`` is how long it lasts in a quick run (None: too long for one), and in a patient one. Two faults of
    one ``subject`` are never combined. ``with_sentinels`` says in which world it can happen; None for both.
    """

    name: str
    subject: str
    inject: Inject
    hold_seconds: tuple[float | None, float]
    with_sentinels: bool | None


FAULTS: dict[str, Fault] = {}


def fault(
    subject: str, *, hold_seconds: tuple[float | None, float] = (1.0, 3.0), with_sentinels: bool | None = None
) -> Callable[[Callable[[Scene], AsyncGenerator[None, None]]], Inject]:
    """Register the decorated generator under its own name; it breaks, yields, and heals whatever happened meanwhile."""

    def register(function: Callable[[Scene], AsyncGenerator[None, None]]) -> Inject:
        @asynccontextmanager
        async def inject(scene: Scene) -> AsyncIterator[None]:
            breaking = function(scene)
            await anext(breaking)
            try:
                yield
            finally:
                # Whatever ended the block: others will use the same world.
                await anext(breaking, None)

        FAULTS[function.__name__] = Fault(
            name=function.__name__,
            subject=subject,
            inject=inject,
            hold_seconds=hold_seconds,
            with_sentinels=with_sentinels,
        )
        return inject

    return register
