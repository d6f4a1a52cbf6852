"""What ``manage.py check --deploy`` says of an environment: a finding for each unsafe setting, none for a safe one."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from pytest_django import Settings

from orchestrator_ws.environment import DEVELOPMENT_SECRET_KEY

ROOT = Path(__file__).resolve().parents[2]
SAFE: dict[str, Any] = {
    "debug": False,
    "https": True,
    "host": "127.0.0.1",
    "allowed_hosts": ("o.example.org",),
    "oauth2_active": True,
    "cors_origins": ("https://ui.example.org",),
    "web_workers": 2,
    "executor": "celery",
    "database_url": "postgresql://o:s@db.example.org/o?sslmode=verify-full",
    "redis_url": "rediss://:s@redis.example.org/0?ssl_ca_certs=/etc/ca.pem",
    "celery_broker_url": None,
}
LOCAL = {"https": False, "host": "::1"}
OPEN = {"https": False, "host": "0.0.0.0"}

UNSAFE: list[tuple[str, dict[str, Any]]] = [
    ("E001", {"debug": True}),
    ("E001", {**OPEN, "debug": True}),
    ("W001", {"oauth2_active": False}),
    ("W001", {**OPEN, "oauth2_active": False}),
    ("W002", {"allowed_hosts": ("o.example.org", "*")}),
    ("W003", {"allowed_hosts": ("localhost", "127.0.0.1", "[::1]")}),
    ("W003", {**OPEN, "allowed_hosts": ("localhost",)}),
    ("W004", {"cors_origins": ("https://a.example.org", "http://b.example.org")}),
    ("W005", {"database_url": "postgresql://o:s@db.example.org/o"}),
    ("W005", {"database_url": "postgresql://o:s@10.0.0.1/o?sslmode=require"}),
    ("W006", {"redis_url": None, "executor": "threadpool"}),
    ("W006", {"redis_url": None, "web_workers": 1}),
    ("W007", {"database_url": "sqlite:///o.sqlite3", "executor": "threadpool"}),
    ("W007", {"database_url": "sqlite:///o.sqlite3", "web_workers": 1}),
    ("W008", {"redis_url": "rediss://redis.example.org"}),
    ("W008", {"celery_broker_url": "rediss://user@10.0.0.1"}),
    ("W009", {"redis_url": "redis://:s@redis.example.org"}),
    ("W009", {"redis_url": "rediss://:s@redis.example.org?ssl_cert_reqs=none"}),
    ("W009", {"celery_broker_url": "redis://:s@10.0.0.1"}),
    ("W009", {"redis_url": "redis+sentinel://:s@10.0.0.1/m"}),
]
HARMLESS: list[dict[str, Any]] = [
    {},
    {**LOCAL, "debug": True, "oauth2_active": False, "allowed_hosts": ("*",)},
    {**LOCAL, "host": "localhost", "allowed_hosts": ("localhost",)},
    {**OPEN, "cors_origins": ("http://ui.example.org",)},
    {"redis_url": "redis://127.0.0.1", "celery_broker_url": "redis://[::1]"},
    {"redis_url": "unix:///run/redis.sock", "database_url": "postgresql://o@localhost/o"},
    {"redis_url": "redis+sentinel://127.0.0.1,localhost/m"},
    {"redis_url": "rediss://redis.example.org?password=s&ssl_cert_reqs=required"},
    {"redis_url": None, "database_url": "sqlite:///o.sqlite3", "web_workers": 1, "executor": "threadpool"},
    {"database_url": "postgresql://o:s@db.example.org/o?sslmode=verify-ca"},
    {"database_url": "postgresql:///o"},
]


@pytest.fixture
def findings(configure: Callable[..., None]) -> Callable[..., list[str]]:
    """Return a function that gives the ids of our findings about a safe environment with some changes."""

    def check(changes: dict[str, Any]) -> list[str]:
        configure(**{**SAFE, **changes})
        found = checks.run_checks(include_deployment_checks=True)
        return [str(each.id) for each in found if str(each.id).startswith("orchestrator.")]

    return check


@pytest.fixture(autouse=True)
def random_key(settings: Settings) -> None:
    settings.SECRET_KEY = "Yx3" * 20


@pytest.mark.parametrize(("number", "changes"), UNSAFE, ids=[f"{number} {changes}" for number, changes in UNSAFE])
def test_an_unsafe_setting_is_found(findings: Callable[..., list[str]], number: str, changes: dict[str, Any]) -> None:
    assert findings(changes) == [f"orchestrator.{number}"]


@pytest.mark.parametrize("changes", HARMLESS, ids=str)
def test_a_safe_setting_is_not(findings: Callable[..., list[str]], changes: dict[str, Any]) -> None:
    assert findings(changes) == []


def test_the_key_of_development_is_found_where_others_reach_the_server(
    findings: Callable[..., list[str]], settings: Settings
) -> None:
    settings.SECRET_KEY = DEVELOPMENT_SECRET_KEY

    assert (findings({}), findings(LOCAL)) == (["orchestrator.E002"], [])


def test_development_is_not_disturbed(configure: Callable[..., None]) -> None:
    configure(**{**SAFE, "debug": True, "host": "0.0.0.0"})

    assert [each for each in checks.run_checks() if str(each.id).startswith("orchestrator.")] == []


def test_every_finding_is_documented_and_tried_here() -> None:
    source = (ROOT / "orchestrator_ws/checks.py").read_text()
    in_code = set(re.findall(r'"([EW]\d{3})"', source))
    page = (ROOT / "docs/security.md").read_text()

    assert set(re.findall(r"^\| `orchestrator\.([EW]\d{3})` \|", page, re.MULTILINE)) == in_code
    assert {number for number, _ in UNSAFE} | {"E002"} == in_code
