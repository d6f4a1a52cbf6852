"""Tests of access with a real identity provider; they need no commits."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Roll back instead of commit, which is much quicker; the mark goes before that of the folder above."""
    for item in items:
        if "tests/integration/access/" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db, append=False)
