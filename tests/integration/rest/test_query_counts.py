"""How many statements an answer takes: the same number whatever there is to list."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from processes.models import Process, ProcessStep
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api
from tests.integration.subscriptions.stored_subscriptions import link, store_product, store_subscription


@contextmanager
def statements(count: int) -> Iterator[None]:
    """Fail unless the block sends so many statements, those that begin and end transactions left out."""
    with CaptureQueriesContext(connection) as captured:
        yield
    sent = [query["sql"] for query in captured if not query["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]
    assert len(sent) == count, "\n".join(sent)


def store_processes(count: int) -> list[Process]:
    """Store processes of one workflow, each with two subscriptions to a product of its own."""
    definition = define("build_path", adding("Work"))
    stored = []
    for number in range(count):
        process = store_in_status(definition, ProcessStatus.COMPLETED)
        product = store_product(name=f"Product {number}")
        for _ in range(2):
            link(process, store_subscription(product=product))
        stored.append(process)
    return stored


@pytest.mark.parametrize("count", [1, 50])
class TestLists:
    @pytest.mark.parametrize(
        "query",
        ["", "&filter=lastStatus,completed", "&sort=productName,desc", "&filter=product,!x&sort=workflowName,asc"],
    )
    def test_a_page_of_processes_takes_three(self, count: int, query: str, api: Api) -> None:
        store_processes(count)

        with statements(3):
            answer = api.get(f"/api/processes/?range=0,{count}{query}")

        assert len(answer.body) == count

    def test_a_page_that_is_not_full_is_not_counted(self, count: int, api: Api) -> None:
        store_processes(count)

        with statements(2):
            answer = api.get("/api/processes/?range=0,100")

        assert answer.headers["Content-Range"] == f"processes 0-100/{count}"

    def test_all_processes_take_two(self, count: int, api: Api) -> None:
        store_processes(count)

        with statements(2):
            assert len(api.get("/api/processes/").body) == count

    def test_a_page_of_subscriptions_takes_two(self, count: int, api: Api) -> None:
        store_processes(count)

        with statements(2):
            assert len(api.get(f"/api/subscriptions/?range=0,{count}").body) == count

    def test_the_counts_of_statuses_take_one(self, count: int, api: Api) -> None:
        store_processes(count)

        with statements(1):
            api.get("/api/processes/status-counts")


@pytest.mark.parametrize("count", [1, 100])
def test_a_process_takes_four_however_many_steps_it_has(count: int, api: Api) -> None:
    (process,) = store_processes(1)
    for number in range(count):
        ProcessStep.objects.create(
            step_id=uuid4(),
            process=process,
            name=f"Step {number}",
            status="success",
            state={"n": number},
            completed_at=timezone.now(),
        )

    with statements(4):
        answer: Any = api.get(f"/api/processes/{process.pk}")

    assert len(answer.body["steps"]) >= count


@pytest.mark.parametrize("start", [1, 2])
def test_after_the_rows_a_page_is_empty_and_the_total_is_right(start: int, api: Api) -> None:
    store_processes(1)

    answer = api.get(f"/api/processes/?range={start},{start + 5}")

    assert (answer.body, answer.headers["Content-Range"]) == ([], f"processes {start}-{start + 5}/1")


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("", "process_newest"),
        ("&sort=startedAt,asc", "process_newest"),
        ("&sort=lastModifiedAt,desc", "process_latest"),
        ("&sort=lastModifiedAt,asc", "process_latest"),
    ],
)
def test_an_index_alone_tells_which_rows_a_page_has(sort: str, index: str, api: Api) -> None:
    store_processes(1)
    with CaptureQueriesContext(connection) as captured:
        api.get(f"/api/processes/?range=5000,5050{sort}")
    page = captured[0]["sql"]

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # It would rather read so small a table whole.
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
            )
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + page)
        plan = str(cursor.fetchall())

    assert re.search(f"(Index Only Scan (Backward )?using|USING COVERING INDEX) {index}", plan), plan
