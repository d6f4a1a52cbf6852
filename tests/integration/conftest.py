"""Integration tests use the real database and channel layer that ``DATABASE_URL`` and ``REDIS_URL`` name.

Changes are recorded and delivered only after a real commit, so a test commits, but for those folders that need none.
"""

import pytest

from events import health

ROLLED_BACK = ("access", "admin", "audit", "commands", "console", "graphql_api", "rest", "subscriptions")
"""Folders whose tests roll back, which is much quicker; one whose process must run asks for ``transactional_db``."""


@pytest.fixture(autouse=True)
def health_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no answer of health be one of an earlier test."""
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every integration test the database."""
    for item in items:
        _, _, inside = item.path.as_posix().partition("tests/integration/")
        if inside.startswith(tuple(f"{folder}/" for folder in ROLLED_BACK)):
            # The mark nearest to the test counts.
            item.add_marker(pytest.mark.django_db, append=False)
        elif inside:
            item.add_marker(pytest.mark.django_db(transaction=True))
