"""How an engine is driven: it says that it is ready, and starts as many processes as each line of its input says.

Only the standard library: each engine has a Python environment of its own.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

WORKFLOW_NAME = "empty_steps"
READY = "The engine is ready"


def serve(application: Any, start: Callable[[], object]) -> None:
    """Run an ASGI application as a server without HTTP until the input ends; ``start`` starts one process.

    ``start`` is called in a thread that is not the loop's, as both engines' endpoints do.
    """
    asyncio.run(_serve(application, start))


async def _serve(application: Any, start: Callable[[], object]) -> None:
    async with _lifespan(application):
        print(READY, flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            await asyncio.to_thread(_start_several, start, int(line))


def _start_several(start: Callable[[], object], count: int) -> None:
    for _ in range(count):
        start()


@contextlib.asynccontextmanager
async def _lifespan(application: Any) -> AsyncIterator[None]:
    """Start and end the application as a server does (ASGI specification, "Lifespan Protocol")."""
    requests: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    answers: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    running = asyncio.create_task(application(scope, requests.get, answers.put))

    async def pass_through(moment: str) -> None:
        await requests.put({"type": f"lifespan.{moment}"})
        answer = await answers.get()
        if answer["type"] != f"lifespan.{moment}.complete":
            raise RuntimeError(answer)

    await pass_through("startup")
    yield
    await pass_through("shutdown")
    await running
