"""What a browser sees: websocket clients of the product's ASGI application, and frames in short form."""

import asyncio
import json
from typing import Any
from uuid import UUID

from channels.testing import WebsocketCommunicator

from events.changes import Change, ChangeKind
from events.client_queue import ClientQueue
from events.messages import deleted_process_frame, invalidation_frame
from orchestrator_ws.routing import websocket_application
from tests.conftest import in_letters
from tests.integration.events.writing import acommit
from tests.waiting import TIMEOUT_SECONDS

EVENTS = "/api/ws/events"
ENGINE_SETTINGS = "/api/settings/ws-status/?token="
PROCESSES = "/api/processes/all/?token="

END_ID = UUID(int=0)
END = (Change(ChangeKind.PROCESS_DELETED, END_ID), Change(ChangeKind.WORKER_STATUS))
"""Changes that a test records last, so that it can tell when nothing more comes."""
END_OF_EVENTS = invalidation_frame(("workerStatus", None)).text
END_OF_PROCESSES = deleted_process_frame(END_ID).text


async def record_end() -> None:
    """Commit the changes that mark the end."""
    await acommit(*END)


def tag_of(text: str) -> tuple[str, str | None]:
    """Return the cache tag in a frame of ``events``."""
    value = json.loads(text)["value"]
    return value["type"], value.get("id")


def letters(frames: list[str]) -> str:
    """Return frames of ``events`` as the wire contract abbreviates them, the end mark (C L I W) left out."""
    if frames and frames[-1] == END_OF_EVENTS:
        frames = frames[:-4]
    return in_letters([tag_of(text) for text in frames])


async def next_text(queue: ClientQueue, *, within_seconds: float = TIMEOUT_SECONDS) -> str:
    """Return the next frame in a client's queue."""
    frame = await asyncio.wait_for(queue.get(), within_seconds)
    assert frame is not None
    return frame.text


async def queue_until(queue: ClientQueue, last: str) -> list[str]:
    """Return all frames of a client's queue up to and including ``last``."""
    frames = [await next_text(queue)]
    while frames[-1] != last:
        frames.append(await next_text(queue))
    return frames


class Client:
    """One websocket client."""

    def __init__(self, path: str, *, application: Any = websocket_application, **headers: str) -> None:
        pairs = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
        self._socket = WebsocketCommunicator(application, path, headers=pairs)
        self.is_open = False

    async def connect(self) -> tuple[bool, str | int | None]:
        """Shake hands; return whether that went well, and the subprotocol or the close code."""
        accepted, detail = await self._socket.connect(TIMEOUT_SECONDS)
        self.is_open = accepted
        return accepted, detail

    async def send(self, text: str | None = None, binary: bytes | None = None) -> None:
        """Send a frame."""
        message = {"type": "websocket.receive", "text": text, "bytes": binary}
        await self._socket.send_input(message)

    async def message(self) -> dict[str, Any]:
        """Return the next ASGI message from the server, a frame or a close."""
        message: dict[str, Any] = await self._socket.receive_output(TIMEOUT_SECONDS)
        return message

    async def frame(self) -> str:
        """Return the text of the next frame."""
        message = await self.message()
        assert message["type"] == "websocket.send", message
        text: str = message["text"]
        return text

    async def frames_until(self, last: str) -> list[str]:
        """Return all frames up to and including ``last``."""
        frames = [await self.frame()]
        while frames[-1] != last:
            frames.append(await self.frame())
        return frames

    async def ping_answers(self) -> list[str]:
        """Ping and return what comes up to the pong: the server has then dealt with all that was sent before."""
        await self.send("__ping__")
        return await self.frames_until("__pong__")

    @property
    def waiting(self) -> list[str]:
        """The frames that the client has not read yet; they stay unread."""
        return [message["text"] for message in self._socket.output_queue._queue if "text" in message]

    @property
    def has_ended(self) -> bool:
        """Whether the server's side is over."""
        ended: bool = self._socket.future.done()
        return ended

    def cancel(self) -> None:
        """End the server's side as a server does that will not wait for it."""
        self._socket.stop()

    async def leave(self, code: int = 1000) -> None:
        """Go away; idempotent, and nothing to do where the server's side is over."""
        is_open, self.is_open = self.is_open and not self.has_ended, False
        if is_open:
            await self._socket.disconnect(code, TIMEOUT_SECONDS)
