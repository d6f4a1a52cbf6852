"""Tests of the REST API, one file per endpoint, through the real URLs."""

import pytest
from django.test import Client

from tests.integration.rest.api import Api


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Roll back instead of commit, which is much quicker; a test whose process must run asks for ``transactional_db``.

    The mark nearest to the test counts, so it goes before that of the folder above.
    """
    for item in items:
        if "tests/integration/rest/" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db, append=False)


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""


@pytest.fixture
def api(client: Client) -> Api:
    """Return a client of the REST API."""
    return Api(client)
