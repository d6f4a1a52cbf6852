"""The rule by which the engine's status follows from the lock and the number of running processes; pure."""

from dataclasses import dataclass
from enum import StrEnum

from orchestrator_ws.contracts import EngineStatusBody


class GlobalStatus(StrEnum):
    """The derived status; never stored."""

    RUNNING = "RUNNING"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineStatus:
    """The engine at one moment: the stored lock and how many runners execute steps."""

    global_lock: bool
    running_processes: int

    @property
    def global_status(self) -> GlobalStatus:
        """Running while unlocked; pausing while locked and something runs; else paused."""
        if not self.global_lock:
            return GlobalStatus.RUNNING
        return GlobalStatus.PAUSING if self.running_processes else GlobalStatus.PAUSED

    def body(self) -> EngineStatusBody:
        """Return the object of ``docs/rest.md``, section 6, keys in its order."""
        return {
            "global_lock": self.global_lock,
            "global_status": self.global_status.value,
            "running_processes": self.running_processes,
        }
