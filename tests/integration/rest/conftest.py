"""Tests of the REST API, one file per endpoint, through the real URLs."""

import pytest
from django.test import Client

from tests.integration.rest.api import Api


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""


@pytest.fixture
def api(client: Client) -> Api:
    """Return a client of the REST API."""
    return Api(client)
