"""Lock and unlock the engine, refuse work while it is locked, and flush caches."""

import logging

from django.db import DatabaseError, transaction

from audit.actions import Action, Kind
from audit.recording import audit
from events.changes import Change, ChangeKind
from events.recording import record
from orchestrator_ws.crash_points import crash_point
from orchestrator_ws.errors import BadRequestError, FailedOperationError, UnavailableError
from settings.engine_status import EngineStatus
from settings.models import EngineSettings
from settings.queries import get_engine_status, hold_engine, is_locked
from settings.signals import engine_locked, engine_unlocked

logger = logging.getLogger(__name__)

CACHE_NAMES = {"all": "All caches of this installation"}
"""What can be flushed, each with its label."""


class EngineLockedError(UnavailableError):
    """Engine is locked cannot accept changes on processes at this time"""  # noqa: D400,D415  the wire's text

    def __init__(self) -> None:
        super().__init__(EngineLockedError.__doc__)


def require_unlocked() -> None:
    """Let new work pass.

    Raises:
        EngineLockedError: the engine is locked.
    """
    if is_locked():
        raise EngineLockedError


def set_global_lock(locked: bool) -> EngineStatus:
    """Lock or unlock the engine and return its new status; one transaction, repeatable.

    Browsers hear of it also when nothing changes. An unlock resumes the processes that stood still.

    Raises:
        FailedOperationError: the database refused; nothing was changed.
    """
    try:
        with transaction.atomic():
            hold_engine()
            EngineSettings.objects.filter(pk=EngineSettings.ONLY_ID).update(global_lock=locked)
            record(Change(ChangeKind.ENGINE_STATUS))
            audit(Action.LOCK if locked else Action.UNLOCK, Kind.ENGINE)
            (engine_locked if locked else engine_unlocked).send(sender=EngineSettings)
            status = get_engine_status()
            crash_point("before lock commit" if locked else "before unlock commit")
    except DatabaseError as error:
        raise FailedOperationError(
            "Something went wrong while updating the database aborting, possible manual intervention required"
        ) from error
    crash_point("after lock" if locked else "after unlock")
    logger.info("Engine is %s", status.global_status)
    return status


def flush_cache(name: str) -> int:
    """Return how many keys were removed: none, for what a server remembers follows the database by itself.

    Raises:
        BadRequestError: there is no cache of this name.
    """
    if name not in CACHE_NAMES:
        raise BadRequestError("Invalid cache name")
    return 0
