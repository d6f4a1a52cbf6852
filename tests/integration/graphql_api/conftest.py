"""Tests of GraphQL, through the real URL."""

import pytest
from django.test import Client

from tests.integration.graphql_api.asking import Graphql
from tests.integration.rest.api import Api


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""


@pytest.fixture
def graphql(client: Client) -> Graphql:
    """Return somebody who asks."""
    return Graphql(Api(client))
