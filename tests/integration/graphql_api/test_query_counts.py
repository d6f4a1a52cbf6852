"""How many statements an answer takes: the same number whatever there is to list."""

import pytest

from processes.registration import allow_workflow
from subscriptions.models import Product
from tests.integration.graphql_api.asking import Graphql
from tests.integration.rest.test_query_counts import statements, store_processes

LISTS = {
    "processes": (
        "{processes(first: 50){page{processId product{name tag} customer{fullname} subscriptions{page{description"
        " product{name}}}} pageInfo{totalItems}}}",
        5,
    ),
    "details": (
        "{processes(first: 50){page{steps{name state} form currentState userPermissions{retryAllowed}}}}",
        5,
    ),
    "products": ("{products(first: 50){page{name subscriptions{page{status} pageInfo{totalItems}}}}}", 3),
    "subscriptions": (
        "{subscriptions(first: 50){page{product{name} processes(first: 1000000){page{lastStatus}}}}}",
        3,
    ),
    "workflows": (
        "{workflows(first: 50){page{name products{name subscriptions{pageInfo{totalItems}}} steps{name}}}}",
        4,
    ),
    "counts": ("{processes{pageInfo{totalItems}}}", 1),
    "rows": ("{processes(first: 50){page{lastStatus}}}", 1),
}


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("asked", LISTS)
def test_it_does_not_depend_on_the_number_of_rows(asked: str, count: int, graphql: Graphql) -> None:
    query, expected = LISTS[asked]
    store_processes(count)
    for product in Product.objects.all():
        allow_workflow(product.pk, "build_path")

    with statements(expected):
        graphql.data(query)
