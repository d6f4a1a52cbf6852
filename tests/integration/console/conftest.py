"""Tests of the console's pages, through the real URLs, as a browser without scripts would use them."""

import pytest


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""
