"""By which index of PostgreSQL a filter or a search finds its processes, however many there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.integration.graphql_api.asking import Graphql
from tests.integration.rest.test_query_counts import store_processes

COUNT = "query($f: [GraphqlFilter!], $q: String){processes(filterBy: $f, query: $q){pageInfo{totalItems}}}"
AN_ID = "0b9e5d2c-7a41-4f6e-9d83-c2f1a6b40817"

INDICES = {
    "lastStatus": ("failed", "processes_p_last_st"),
    "createdBy": ("Ada", "process_created_by"),
    "processId": (AN_ID, "processes_process_pkey"),
    "startedAt": (">2026-01-01T00:00:00Z", "process_newest"),
    "lastModifiedAt": (">2026-01-01T00:00:00Z", "process_latest"),
    "workflowName": ("build_path", "processes_process_workflow_id"),
    "workflowId": (AN_ID, "processes_process_workflow_id"),
    "subscriptionId": (AN_ID, "processes_processsubscription_subscription_id"),
    "tag": ("FP", "processes_processsubscription_subscription_id"),
}
"""A value for each field, and with what the name of the index begins."""


def plan(graphql: Graphql, **arguments: object) -> str:
    """Return how PostgreSQL counts the processes."""
    with CaptureQueriesContext(connection) as captured:
        graphql.data(COUNT, **arguments)
    (count,) = [query["sql"] for query in captured if "COUNT" in query["sql"]]
    with connection.cursor() as cursor:
        # It would rather read so small a table whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + count)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.once
@pytest.mark.parametrize("field", INDICES)
class TestOnPostgresql:
    def test_a_filter_uses_an_index(self, field: str, graphql: Graphql) -> None:
        value, index = INDICES[field]
        store_processes(1)

        shown = plan(graphql, f=[{"field": field, "value": value}])

        assert index in shown, shown

    def test_a_search_in_the_field_uses_it_too(self, field: str, graphql: Graphql) -> None:
        value, index = INDICES[field]
        store_processes(1)

        shown = plan(graphql, q=f'{field}:"{value}"')

        assert index in shown, shown
