"""What comes in ``Authorization``, and whom the product takes the caller for (REST contract, section 1)."""

from typing import Any

import pytest
from pytest_django import Settings

from processes.models import Process
from processes.workflow import AuthContext
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, problem
from tests.issuer import Issuer


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {} "])
def test_a_token_is_read_whatever_the_case_of_its_scheme(form: str, api: Api, issuer: Issuer) -> None:
    assert api.get("/api/processes", authorization=form.format(issuer.token("view"))).status == 200


@pytest.mark.parametrize("header", ["Bearer abc.def.ghi", "bearer abc.def.ghi", "Bearer  abc", "Bearer a b"])
def test_a_token_that_names_nobody_is_refused(header: str, api: Api, issuer: Issuer) -> None:
    answer = api.get("/api/processes", authorization=header)

    assert (answer.status, answer.body) == (401, {"detail": "Invalid or expired token"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc"])
def test_a_header_without_bearer_token_is_as_no_header(header: str, api: Api, issuer: Issuer) -> None:
    answer = api.get("/api/processes", authorization=header)

    assert (answer.status, answer.body) == (401, {"detail": "Not authenticated"})


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer a.b.c"}], ids=["no token", "a bad one"])
def test_the_token_is_asked_for_before_the_body_is_read(header: dict[str, str], api: Api, issuer: Issuer) -> None:
    assert api.send("POST", "/api/processes/demo_retry", raw="{not json", headers=header).status == 401


def test_the_role_is_asked_for_before_the_body_is_read(api: Api, issuer: Issuer) -> None:
    header = bearer(issuer.token("view"))

    assert api.send("POST", "/api/processes/demo_retry", raw="{not json", headers=header).status == 403


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer whatever"}], ids=["no token", "any token"])
def test_with_authentication_off_everyone_is_let_in(header: dict[str, str], api: Api, settings: Settings) -> None:
    settings.OAUTH2_ACTIVE = False

    assert api.send("GET", "/api/processes", headers=header).status == 200


def test_the_callers_name_is_recorded_unless_another_is_given(api: Api, issuer: Issuer) -> None:
    define("named", adding("Work"))
    header = bearer(issuer.token("operate"))

    api.send("POST", "/api/processes/named", [{}], headers=header)
    api.send("POST", "/api/processes/named?reporter=Bea", [{}], headers=header)

    assert set(Process.objects.values_list("created_by", flat=True)) == {"Bea", "ada"}


def test_the_longest_name_can_be_recorded(api: Api, issuer: Issuer) -> None:
    define("named", adding("Work"))
    header = bearer(issuer.token("operate", preferred_username="a" * 1000))

    assert api.send("POST", "/api/processes/named", [{}], headers=header).status == 201


def test_an_authorizer_gets_the_caller_and_what_its_token_says(api: Api, issuer: Issuer) -> None:
    asked: list[Any] = []

    def only_delft(context: AuthContext) -> bool:
        asked.append(context.user)
        return context.user is not None and context.user.claims.get("site") == "Delft"

    define("guarded", adding("Work"), authorize_callback=only_delft)

    allowed = api.send("POST", "/api/processes/guarded", [{}], headers=bearer(issuer.token("operate", site="Delft")))
    refused = api.send("POST", "/api/processes/guarded", [{}], headers=bearer(issuer.token("admin")))

    assert allowed.status == 201
    assert refused.body == problem(403, "Forbidden", "User is not authorized to start 'guarded' workflow")
    assert [(user.name, {role.value for role in user.roles}) for user in asked] == [
        ("ada", {"view", "operate"}),
        ("ada", {"view", "operate", "engine", "admin"}),
    ]


def test_while_the_issuer_was_never_reached_nobody_can_be_judged(api: Api, issuer: Issuer) -> None:
    header = bearer(issuer.token("view"))
    with issuer.away():
        answer = api.send("GET", "/api/processes", headers=header)
        health = api.get("/api/health")
        without = api.send("GET", "/api/processes")

    assert (answer.status, answer.body) == (503, problem(503, "Service Unavailable", "Identity provider unreachable"))
    assert (without.status, without.body) == (401, {"detail": "Not authenticated"})
    assert health.body == {"status": "degraded", "reasons": ["identity provider unreachable"]}


def test_another_installation_may_name_and_place_the_roles_otherwise(api: Api, issuer: Issuer, configure: Any) -> None:
    configure(oidc_roles_claim="realm_access.roles", oidc_role_names=("view=noc", "operate=noc", "engine=chief"))
    noc = bearer(issuer.token("admin", realm_access={"roles": ["noc"]}))

    assert api.send("PUT", "/api/processes/resume-all", headers=noc).status == 200
    assert api.send("PUT", "/api/settings/status", {"global_lock": False}, headers=noc).status == 403
