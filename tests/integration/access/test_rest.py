"""REST with a token: who is let in, and what the product makes of the caller."""

from collections.abc import Callable

import pytest
from django.test import Client

from processes.models import Process
from tests.integration.access.callers import REFUSED
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, problem
from tests.issuer import Issuer

pytestmark = pytest.mark.usefixtures("forget_workflows")


@pytest.fixture
def api(client: Client) -> Api:
    return Api(client)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_a_token_that_does_not_hold_is_refused(make: Callable[[Issuer], str], api: Api, issuer: Issuer) -> None:
    answer = api.send("GET", "/api/processes", headers=bearer(make(issuer)))

    assert (answer.status, answer.body) == (401, {"detail": "Invalid or expired token"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_with_the_role_is_let_in(api: Api, issuer: Issuer) -> None:
    assert api.send("GET", "/api/processes", headers=bearer(issuer.token("view"))).status == 200


def test_a_token_without_the_role_is_not(api: Api, issuer: Issuer) -> None:
    answer = api.send("GET", "/api/processes", headers=bearer(issuer.token()))

    assert (answer.status, answer.body) == (403, problem(403, "Forbidden", "Not authorized"))


def test_the_callers_name_is_recorded(api: Api, issuer: Issuer) -> None:
    define("named", adding("Work"))

    api.send("POST", "/api/processes/named", [{}], headers=bearer(issuer.token("operate")))
    api.send("POST", "/api/processes/named?reporter=Bea", [{}], headers=bearer(issuer.token("operate")))

    assert set(Process.objects.values_list("created_by", flat=True)) == {"ada", "Bea"}


def test_while_the_issuer_was_never_reached_nobody_can_be_judged(api: Api, issuer: Issuer) -> None:
    token = issuer.token("view")
    with issuer.away():
        answer = api.send("GET", "/api/processes", headers=bearer(token))
        health = api.get("/api/health")

    assert (answer.status, answer.body) == (503, problem(503, "Service Unavailable", "Identity provider unreachable"))
    assert health.body == {"status": "degraded", "reasons": ["identity provider unreachable"]}
