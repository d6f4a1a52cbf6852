"""Fault tests break what the product stands on, under load, and look whether any browser is stale afterwards.

They bring a PostgreSQL and a Redis of their own, whatever ``DATABASE_URL`` and ``REDIS_URL`` say.
"""

import logging
from collections.abc import Iterator

import pytest

from tests.faults.world import World


@pytest.fixture(scope="session", autouse=True)
def quiet_requests() -> None:
    """A run makes thousands of requests; their log lines would be all that a failure shows."""
    logging.getLogger("httpx").setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """Share one world among all tests; each starts the servers that it needs, or uses those of its module."""
    with World() as made:
        yield made


@pytest.fixture(scope="module")
def sentinel_world() -> Iterator[World]:
    """A world whose Redis is a master and a replica under Sentinels."""
    with World(with_sentinels=True) as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They bring their own services, so once is enough, and need the machine for themselves."""
    for item in items:
        if "tests/faults/" in item.path.as_posix():
            item.add_marker(pytest.mark.once)
            item.add_marker(pytest.mark.alone)
