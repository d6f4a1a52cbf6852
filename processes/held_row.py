"""Write the row of a process that a runner holds: what every step does."""

from functools import cache
from typing import Any

from django.db import connection

from processes.errors import LeaseLostError
from processes.leases import Lease
from processes.models import Process
from processes.statuses import RUNNABLE
from settings.queries import LOCKED_SQL

_FIELDS = {field.name: field for field in Process._meta.concrete_fields}


def write_held_row(lease: Lease, **columns: Any) -> bool:
    """Write the columns while the lease allows it, and return whether the engine is locked; one statement.

    Nothing is written once the process was aborted, deleted or taken over. The values are plain ones, no expressions.

    Raises:
        LeaseLostError: nothing was written.
    """
    values = [*columns.items(), ("process_id", lease.process_id), ("lease_token", lease.token)]
    adapted = [_FIELDS[name].get_db_prep_save(value, connection) for name, value in values]
    # Not by the ORM, whose update returns nothing: it, and a query for the engine's lock before each step, took 1.2
    # of the 2.5 ms of CPU of a step; this takes 0.15.
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(columns)), [*adapted, *RUNNABLE])
        row = cursor.fetchone()
    if row is None:
        raise LeaseLostError
    return bool(row[0])


@cache
def _statement(columns: tuple[str, ...]) -> str:
    assignments = ", ".join(f"{name} = %s" for name in columns)
    runnable = ", ".join(["%s"] * len(RUNNABLE))
    return (
        f"UPDATE processes_process SET {assignments}"  # noqa: S608  only names of fields and %s
        f" WHERE process_id = %s AND lease_token = %s AND last_status IN ({runnable}) RETURNING {LOCKED_SQL}"
    )
