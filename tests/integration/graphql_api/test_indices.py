"""By which index of PostgreSQL a filter or a search finds its processes, however many there are."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from processes.models import Process, ProcessSubscription, Workflow
from processes.statuses import ProcessStatus
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Product, Subscription
from tests.integration.graphql_api.asking import Graphql

COUNT = "query($f: [GraphqlFilter!], $q: String){processes(filterBy: $f, query: $q){pageInfo{totalItems}}}"
AN_ID = "0b9e5d2c-7a41-4f6e-9d83-c2f1a6b40817"

INDICES = {
    "lastStatus": ("failed", "processes_p_last_st"),
    "createdBy": ("Ada", "process_created_by"),
    "processId": (AN_ID, "processes_process_pkey"),
    "startedAt": (">2026-05-01T00:00:00Z", "process_newest"),
    "lastModifiedAt": (">2026-05-01T00:00:00Z", "process_latest"),
    "workflowName": ("build_path", "processes_process_workflow_id"),
    "workflowId": (AN_ID, "processes_process_workflow_id"),
    "subscriptionId": (AN_ID, "processes_processsubscription_subscription_id"),
    "tag": ("FP", "processes_processsubscription_subscription_id"),
}
"""A value for each field, and with what the name of the index begins."""


MODELS: list[type[Model]] = [Product, Workflow, Subscription, Process, ProcessSubscription]
COUNT_STORED = 500
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
"""One begins each day from then on."""


@pytest.fixture(autouse=True)
def analyzed(db: None) -> None:
    """Store processes that have nothing in common, and let PostgreSQL look at them: what it guesses is no plan."""
    days = [FIRST + timedelta(days=number) for number in range(COUNT_STORED)]
    products = Product.objects.bulk_create(
        Product(name=f"Path {day:%j %Y}", description="Path", product_type="Path", tag=f"P{number}", created_at=day)
        for number, day in enumerate(days)
    )
    workflows = Workflow.objects.bulk_create(
        Workflow(name=f"build_{number}", target="CREATE", is_task=False) for number in range(COUNT_STORED)
    )
    subscriptions = Subscription.objects.bulk_create(
        Subscription(product=product, description="Path", status=SubscriptionLifecycle.ACTIVE, insync=True)
        for product in products
    )
    processes = Process.objects.bulk_create(
        Process(
            workflow=workflow,
            is_task=False,
            last_status=ProcessStatus.COMPLETED,
            created_by=workflow.name,
            started_at=day,
            last_modified_at=day,
        )
        for workflow, day in zip(workflows, days, strict=True)
    )
    ProcessSubscription.objects.bulk_create(
        ProcessSubscription(process=process, subscription=subscription)
        for process, subscription in zip(processes, subscriptions, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in MODELS)}")


def plan(graphql: Graphql, **arguments: object) -> str:
    """Return how PostgreSQL counts the processes."""
    with CaptureQueriesContext(connection) as captured:
        graphql.data(COUNT, **arguments)
    (count,) = [query["sql"] for query in captured if "COUNT" in query["sql"]]
    with connection.cursor() as cursor:
        # It would rather read so small tables whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + count)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.once
@pytest.mark.parametrize("field", INDICES)
class TestOnPostgresql:
    def test_a_filter_uses_an_index(self, field: str, graphql: Graphql) -> None:
        value, index = INDICES[field]

        shown = plan(graphql, f=[{"field": field, "value": value}])

        assert index in shown, shown

    def test_a_search_in_the_field_uses_it_too(self, field: str, graphql: Graphql) -> None:
        value, index = INDICES[field]

        shown = plan(graphql, q=f'{field}:"{value}"')

        assert index in shown, shown
