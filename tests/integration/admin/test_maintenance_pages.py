"""Hosts and maintenance in admin: to look at, and nothing to change."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from processes import maintenance_lease
from processes.maintenance import Job
from processes.maintenance_loop import MaintenanceLoop
from processes.models import ExecutorHost


@pytest.fixture
def maintained(transactional_db: None) -> None:
    """Have a host that has done maintenance, with a job that failed."""

    def fail() -> int:
        raise ValueError("disk full")

    jobs = [
        Job(name="count sheep", every_seconds=0, run=lambda: 3, unit="sheep"),
        Job(name="fail", every_seconds=0, run=fail, unit=""),
    ]
    MaintenanceLoop("first:1", jobs).turn()
    expires_at = timezone.now() + timedelta(seconds=60)
    ExecutorHost.objects.create(name="first", pid=4711, executor="threadpool", runner_count=5, expires_at=expires_at)


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("maintenancelease", ["first:1"]),
        ("maintenancejob", ["count sheep", "3 sheep", "ValueError: disk full"]),
        ("executorhost", ["first", "4711", "threadpool"]),
    ],
)
def test_each_page_shows_what_there_is_and_lets_nobody_change_it(
    page: str, shown: list[str], maintained: None, admin_client: Client
) -> None:
    content = admin_client.get(f"/admin/processes/{page}/").content.decode()

    assert [text for text in shown if text not in content] == []
    assert f"/{page}/add/" not in content


def test_the_token_is_not_shown(admin_client: Client) -> None:
    token = maintenance_lease.take("first:1")

    content = admin_client.get("/admin/processes/maintenancelease/1/change/").content.decode()

    assert "first:1" in content
    assert str(token) not in content
