"""Tests of the operations on subscriptions, on a real database, without HTTP."""

import pytest


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""
