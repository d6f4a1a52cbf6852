"""The close codes that the code of the channels names."""

import inspect
import re

from websockets.frames import CloseCode

from events import channel_consumer, client_queue, consumers, websocket_manager


def used_close_codes() -> set[CloseCode]:
    """Return every code with which a client may be closed."""
    sources = [inspect.getsource(module) for module in (channel_consumer, consumers, client_queue, websocket_manager)]
    return {CloseCode[name] for source in sources for name in re.findall(r"\bCloseCode\.([A-Z_]+)", source)}
