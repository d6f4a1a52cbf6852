"""The WebSocketManager of this OS process: started by whoever needs it first, drained and stopped by the server."""

from events.websocket_manager import WebSocketManager

# The manager of this OS process; None until the server starts, and after stop_manager().
_manager: WebSocketManager | None = None


async def running_manager() -> WebSocketManager:
    """Return this OS process's manager, started on the calling loop by whoever comes first."""
    global _manager
    if _manager is None:
        _manager = WebSocketManager()
    manager = _manager
    await manager.start()
    return manager


async def drain_manager(grace_seconds: float) -> None:
    """Send all clients of this OS process away, as ``WebSocketManager.drain`` does."""
    if _manager is not None:
        await _manager.drain(grace_seconds)


def list_faults() -> list[str]:
    """Return what ``WebSocketManager.list_faults`` says; nothing where nobody is served. Any thread."""
    return [] if _manager is None else _manager.list_faults()


def current_position() -> str | None:
    """Return a position up to which all clients of this OS process have been told; None where nobody was served yet.

    Any thread. It may lag behind by an interval of the log's reader; a client that goes on from it misses nothing.
    """
    return None if _manager is None else _manager.position


async def stop_manager() -> None:
    """Stop this OS process's manager, if there is one; the next client starts a new one."""
    global _manager
    manager, _manager = _manager, None
    if manager is not None:
        await manager.stop()
