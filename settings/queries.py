"""Read the engine's settings."""

from django.db.models import Exists

from audit.actions import Action, Kind
from audit.models import AuditEntry
from settings.engine_status import EngineStatus
from settings.models import EngineSettings
from settings.running_count import count_running_processes


def get_engine_status() -> EngineStatus:
    """Return the engine's status, exact at this moment and across hosts."""
    return EngineStatus(global_lock=is_locked(), running_processes=count_running_processes())


def is_locked() -> bool:
    """Return whether the engine is locked."""
    return EngineSettings.objects.filter(global_lock=True).exists()


def find_lock_entry() -> AuditEntry | None:
    """Return what the audit log says of whoever locked the engine last; None if nobody did, or it was long ago."""
    return AuditEntry.objects.filter(kind=Kind.ENGINE, action=Action.LOCK).order_by("-pk").first()


def locked_expression() -> Exists:
    """Return "the engine is locked" for use inside another query."""
    return Exists(EngineSettings.objects.filter(global_lock=True))


LOCKED_SQL = "EXISTS (SELECT 1 FROM engine_settings_enginesettings WHERE global_lock)"
"""The same, for use inside a statement that the ORM does not build."""


def hold_engine() -> EngineSettings:
    """Return the row, locked against changes until the caller's transaction ends.

    Whoever starts or ends a lease holds it, so that the lock and the number of running processes change in turn and
    each PAUSING is followed by its PAUSED. Take it before any process row.
    """
    row, _ = EngineSettings.objects.select_for_update().get_or_create(pk=EngineSettings.ONLY_ID)
    return row
