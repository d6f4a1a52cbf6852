"""The rows that show which OS processes run processes or hand them out, kept alive by each of them."""

import os
import socket
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Now

from processes import lease_times
from processes.executors import get_executor
from processes.models import ExecutorHost
from processes.registration import store_workflows


def beat(host_id: UUID, runner_count: int) -> None:
    """Say that this host lives, at first together with its workflows; a row that was deleted as dead comes back."""
    expires_at = lease_times.expiry()
    if not ExecutorHost.objects.filter(pk=host_id).update(expires_at=expires_at):
        store_workflows()
        ExecutorHost.objects.create(
            pk=host_id,
            name=socket.gethostname(),
            pid=os.getpid(),
            executor=get_executor().name,
            runner_count=runner_count,
            expires_at=expires_at,
        )


def leave(host_id: UUID) -> None:
    """Take the row away; does nothing if it is gone."""
    ExecutorHost.objects.filter(pk=host_id).delete()


def delete_expired() -> int:
    """Delete the rows of hosts that died, and return how many there were."""
    return ExecutorHost.objects.filter(expires_at__lt=Now()).delete()[0]


def count_runners() -> int:
    """Return how many runners the hosts have that live, all together."""
    living = ExecutorHost.objects.filter(expires_at__gt=Now())
    return int(living.aggregate(total=Sum("runner_count", default=0))["total"])
