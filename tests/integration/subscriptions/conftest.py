"""Tests of the operations on subscriptions, on a real database, without HTTP."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Roll back instead of commit, which is much quicker; the mark nearest to the test counts."""
    for item in items:
        if "tests/integration/subscriptions/" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db, append=False)


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""
