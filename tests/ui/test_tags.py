"""Every tag that the UI's cache can hold, what makes it stale, and the frames that say so (``docs/messages.md``)."""

from collections.abc import Callable, Iterator
from typing import TypeAlias
from uuid import uuid4

import pytest

from events.changes import KINDS_WITH_ID, Change, ChangeKind
from events.messages import CacheTag, cache_tags
from processes import hosts, operations
from processes.executors import get_executor
from processes.statuses import ProcessStatus
from processes.worker_status import WorkerStatusWatch
from settings.operations import set_global_lock
from subscriptions.operations import save_product, update_subscription
from tests.conftest import in_letters
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import store_product, store_subscription

Operation: TypeAlias = Callable[[], object]
AN_ID = "<id>"


def note_a_process() -> None:
    operations.set_note(store_in_status(define("build_path", adding("Work")), ProcessStatus.COMPLETED).pk, "seen")


def delete_a_task() -> None:
    operations.delete_task(store_in_status(define("check", adding("Look"), is_task=True), ProcessStatus.FAILED).pk)


def note_a_subscription() -> None:
    update_subscription(store_subscription().pk, note="seen")


def start_a_worker() -> None:
    hosts.beat(uuid4(), 5)
    WorkerStatusWatch().record_if_changed()


STALE_BY: dict[CacheTag, Operation] = {
    ("processes", "LIST"): note_a_process,
    ("processes", AN_ID): note_a_process,
    ("processStatusCounts", None): delete_a_task,
    ("subscriptions", None): note_a_subscription,
    ("subscriptions", "LIST"): note_a_subscription,
    ("subscriptions", AN_ID): note_a_subscription,
    ("engineStatus", None): lambda: set_global_lock(True),
    ("workerStatus", None): start_a_worker,
    ("metadataProducts", None): lambda: save_product(store_product()),
}
"""What changes it. There are no schedules, so nothing makes ``scheduledTags`` stale."""


def test_every_tag_that_is_ever_sent_is_in_the_table() -> None:
    some_id = uuid4()
    changes = [Change(kind, some_id if kind in KINDS_WITH_ID else None) for kind in ChangeKind]
    sent = {tag for change in changes for tag in cache_tags(change)}

    assert {(name, AN_ID if key == str(some_id) else key) for name, key in sent} == set(STALE_BY)


@pytest.fixture
def celery(configure: Callable[..., None]) -> Iterator[None]:
    """Let processes run in workers, of which browsers hear only then."""
    configure(executor="celery", redis_url="redis://127.0.0.1:1/0")
    get_executor.cache_clear()
    yield
    get_executor.cache_clear()


@pytest.mark.usefixtures("celery")
@pytest.mark.parametrize("tag", STALE_BY, ids=[f"{name} {key or ''}".strip() for name, key in STALE_BY])
def test_what_changes_it_says_so(tag: CacheTag, recorded: Callable[[], str]) -> None:
    STALE_BY[tag]()

    assert in_letters([tag]) in recorded().split()
