"""The bodies that change the engine's settings."""

from pydantic import BaseModel


class EngineStatusChange(BaseModel):
    """The body of ``PUT /api/settings/status``; anything that reads as a boolean is one."""

    global_lock: bool
