"""``GET /metrics``: who may read it, and what it and the dashboard of it have."""

import json
import re
from collections.abc import Callable

import pytest
from django.test import Client
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from access.roles import Role
from orchestrator_ws import request_places
from processes.process_metrics import STATUSES
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.issuer import Issuer
from tests.servers import ROOT

TOKEN = "prometheus-" * 4


def samples(client: Client, **headers: str) -> dict[tuple[str, str], float]:
    """Return the values by name and labels."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, ",".join(sample.labels[name] for name in sorted(sample.labels, reverse=True))): sample.value
        for family in families
        for sample in family.samples
    }


def test_processes_are_counted_by_status(client: Client) -> None:
    build, check = define("build", adding("Work")), define("check", adding("Look"), is_task=True)
    for _ in range(2):
        store_in_status(build, ProcessStatus.FAILED)
    store_in_status(check, ProcessStatus.COMPLETED)

    read = samples(client)

    assert {labels: value for (name, labels), value in read.items() if name == STATUSES} == {
        "failed,false": 2,
        "completed,true": 1,
    }
    assert read["orchestrator_engine_queued_processes", ""] == 0


def test_what_this_process_has_counted_is_there(client: Client) -> None:
    names = {name for name, _ in samples(client)}

    for family in REGISTRY.collect():
        if family.name.startswith("orchestrator_") and family.samples:
            assert family.samples[0].name in names


@pytest.mark.usefixtures("issuer")
class TestWithAuthentication:
    def test_it_is_not_for_everybody(self, client: Client) -> None:
        assert client.get("/metrics").status_code == 401

    def test_its_own_token_opens_it_and_nothing_else(self, client: Client, configure: Callable[..., None]) -> None:
        configure(metrics_token=TOKEN)

        assert samples(client, Authorization=f"Bearer {TOKEN}")
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 401
        assert client.get("/api/processes/", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 401

    def test_an_empty_token_is_none(self, client: Client) -> None:
        assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401

    @pytest.mark.parametrize(("roles", "status"), [([Role.VIEW], 200), ([], 403)])
    def test_a_caller_needs_the_role_view(self, roles: list[Role], status: int, issuer: Issuer, client: Client) -> None:
        token = issuer.token(*(role.value for role in roles))

        assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == status


def test_every_query_of_the_dashboard_names_what_is_exposed(client: Client) -> None:
    assert request_places.REFUSALS in REGISTRY._collector_to_names
    exposed = {family.name for family in REGISTRY.collect()}
    dashboard = json.loads((ROOT / "docs/grafana.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    store_in_status(define("build", adding("Work")), ProcessStatus.FAILED)
    own = {name for name, _ in samples(client)}
    named = {name for query in queries for name in re.findall(r"orchestrator_\w+", query)}
    known = exposed | own | {f"{name}_total" for name in exposed} | {f"{name}_bucket" for name in exposed}

    assert (named - known, len(queries) > 20) == (set(), True)
