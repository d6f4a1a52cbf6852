"""The slots through which the data-carrying channels read what they send; the apps above fill them at start-up."""

from uuid import UUID

from events.groups import Channel
from events.messages import Frame, deleted_process_frame, engine_status_frame, process_frame
from orchestrator_ws.contracts import DataSource

_sources: dict[Channel, DataSource] = {}


def provide(channel: Channel, source: DataSource) -> None:
    """Name the function that reads the object which ``channel`` sends; called from ``AppConfig.ready``."""
    _sources[channel] = source


def read_engine_status_frame() -> Frame:
    """Read the engine's status and return its frame. Any thread but a loop's: it queries the database."""
    body = _sources[Channel.ENGINE_SETTINGS](None)
    if body is None:
        raise LookupError("the engine has no status")
    return engine_status_frame(body)


def read_process_frame(process_id: UUID) -> Frame:
    """Read the process and return its frame, the delete frame if it is gone. Any thread but a loop's."""
    body = _sources[Channel.PROCESSES](process_id)
    return deleted_process_frame(process_id) if body is None else process_frame(process_id, body)
