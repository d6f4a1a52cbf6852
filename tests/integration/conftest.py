"""Integration tests use the real database and channel layer that ``DATABASE_URL`` and ``REDIS_URL`` name.

Each test is a transactional one: changes are recorded and delivered only after a real commit.
"""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every integration test the database, with real commits."""
    for item in items:
        if "tests/integration/" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db(transaction=True))
