"""Tests of management commands, as ``manage.py`` calls them."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from processes import executors


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""


@pytest.fixture(autouse=True)
def other_tests_have_runners(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take back that this OS process leaves processes to others."""
    monkeypatch.setattr(executors, "_is_host", True)
    yield
    executors.get_executor.cache_clear()


@pytest.fixture
def run() -> Callable[..., str]:
    """Return a function that runs a command and returns what it prints."""

    def run_command(*words: str) -> str:
        out = StringIO()
        call_command(*words, stdout=out, stderr=StringIO())
        return out.getvalue()

    return run_command


@pytest.fixture
def run_json(run: Callable[..., str]) -> Callable[..., Any]:
    """Return a function that runs a command with ``--json`` and returns the value it prints."""
    return lambda *words: json.loads(run(*words, "--json"))
