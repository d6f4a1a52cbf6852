"""What all three layers of tests share: the executor to run on, workflows that vanish, and frames in short form."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from access import conf as access_conf
from audit.models import AuditEntry
from events.messages import cache_tags
from events.models import ChangeLogEntry
from processes import execution
from processes.executors import get_executor
from processes.workflow.registry import WORKFLOWS
from tests.celery_worker import CeleryWorker
from tests.executors import EXECUTORS
from tests.issuer import AUDIENCE, Issuer
from tests.issuer import issuer as run_issuer

TAG_LETTERS = {
    ("processes", "LIST"): "L",
    ("processStatusCounts", None): "C",
    ("engineStatus", None): "G",
    ("subscriptions", None): "Sa",
    ("subscriptions", "LIST"): "Sl",
    ("workerStatus", None): "W",
    ("metadataProducts", None): "M",
}


def in_letters(tags: list[tuple[str, str | None]]) -> str:
    """Return cache tags as the wire contract abbreviates them (section 7): ``L I``, ``C L I`` and so on."""
    return " ".join(TAG_LETTERS.get(tag) or {"processes": "I", "subscriptions": "Si"}[tag[0]] for tag in tags)


@pytest.fixture(scope="session", autouse=True)
def own_redis_prefix() -> None:
    """Keep the messages of each pytest worker apart: pub/sub knows no databases, whose names differ per worker."""
    config = django_settings.CHANNEL_LAYERS["default"]["CONFIG"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if "prefix" in config:
        config["prefix"] += f"-{worker}"
    if django_settings.CELERY_BROKER is not None:
        django_settings.CELERY_BROKER["broker_transport_options"]["global_keyprefix"] += f"{worker}-"


@pytest.fixture(scope="session", autouse=True)
def audit_log_stays() -> None:
    """Leave the audit log out of the flush after each transactional test, which the database refuses for its rows."""
    AuditEntry._meta.managed = False


@pytest.fixture
def audited() -> Callable[[], list[AuditEntry]]:
    """Return a function that gives the entries of the audit log written since the last call."""
    seen = AuditEntry.objects.count() and AuditEntry.objects.latest("pk").pk

    def since_last_call() -> list[AuditEntry]:
        nonlocal seen
        entries = list(AuditEntry.objects.filter(pk__gt=seen).order_by("pk"))
        seen = entries[-1].pk if entries else seen
        return entries

    return since_last_call


@pytest.fixture
def configure(settings: Settings) -> Callable[..., None]:
    """Return a function that changes fields of the environment for one test."""

    def change(**fields: Any) -> None:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=fields)

    return change


@pytest.fixture(scope="session")
def running_issuer() -> Iterator[Issuer]:
    """Run an identity provider for servers that are programs; inside of Django ask for ``issuer``."""
    with run_issuer() as running:
        yield running


@pytest.fixture
def issuer(running_issuer: Issuer, settings: Settings, configure: Callable[..., None]) -> Iterator[Issuer]:
    """Let callers authenticate at an identity provider, whose keys nobody knows yet."""
    settings.OAUTH2_ACTIVE = True
    configure(oidc_issuer=running_issuer.url, oidc_audience=AUDIENCE)
    running_issuer.recover()
    access_conf.known_keys.cache_clear()
    yield running_issuer
    running_issuer.recover()
    # A fetch that still runs would count in the next test.
    if (fetch := access_conf.key_cache().fetch_for("asked for by nobody", "RS256")) is not None:
        wait([fetch])


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest, configure: Callable[..., None]) -> Iterator[str]:
    """Run the test once on each executor; the value is its name."""
    if request.param == "celery":
        request.getfixturevalue("celery_worker")
    configure(executor=request.param)
    get_executor.cache_clear()
    yield request.param
    get_executor().stop()
    if request.param == "celery":
        request.getfixturevalue("celery_worker").wait_until_idle()
    get_executor.cache_clear()
    execution.stopping.requested = False


@pytest.fixture(scope="session")
def celery_worker() -> Iterator[CeleryWorker]:
    """Run a Celery worker in this OS process, on the broker of the tests."""
    with CeleryWorker() as running:
        yield running


@pytest.fixture
def forget_workflows() -> Iterator[None]:
    """Take workflows that the test defines out of the registry afterwards."""
    before = set(WORKFLOWS.keys())
    yield
    for key in set(WORKFLOWS.keys()) - before:
        WORKFLOWS.remove(key)


@pytest.fixture
def recorded() -> Callable[[], str]:
    """Return a function that gives, in letters, the ``events`` frames recorded since the last call."""
    seen = ChangeLogEntry.objects.count() and ChangeLogEntry.objects.latest("pk").pk

    def since_last_call() -> str:
        nonlocal seen
        rows = list(ChangeLogEntry.objects.filter(pk__gt=seen).order_by("pk"))
        seen = rows[-1].pk if rows else seen
        return in_letters([tag for row in rows for tag in cache_tags(row.as_logged_change().change)])

    return since_last_call
