"""The pages of the UI, as a browser on another origin calls for them."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from tests.ui.browser import UI_ORIGIN, Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test here the database, and commits: processes run."""
    for item in items:
        if "tests/ui/" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""


@pytest.fixture
def browser(client: Client, settings: Settings, configure: Callable[..., None]) -> Browser:
    """Return the browser that shows the UI, whose origin is let in."""
    settings.CORS_ALLOWED_ORIGINS = [UI_ORIGIN]
    configure(cors_origins=(UI_ORIGIN,))
    return Browser(client)
