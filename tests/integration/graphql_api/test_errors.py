"""What is wrong is told in the shape of GraphQL, whatever it is (``docs/graphql.md``)."""

import logging
from collections.abc import Callable

import pytest
from django.test import Client

from access.roles import Role
from graphql_api import batches, types
from graphql_api.schema import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS
from tests.integration.graphql_api.asking import Graphql
from tests.integration.rest.api import Answer, Api
from tests.integration.rest.test_query_counts import store_processes
from tests.issuer import Issuer

VERSION = "{version{applicationVersions}}"


def told(answer: Answer) -> tuple[int, str]:
    """Return status and type of an answer without data, whose one error has a message."""
    assert set(answer.body) == {"data", "errors"}
    assert answer.body["data"] is None
    (error,) = answer.body["errors"]
    assert error["message"]
    return answer.status, error["extensions"]["error_type"]


@pytest.fixture
def api(client: Client) -> Api:
    """Return a client of REST."""
    return Api(client)


def nested(depth: int) -> str:
    """Return a query that goes so deep."""
    pairs = ["processes{page{", "subscriptions{page{"] * depth
    return "{" + "".join(pairs[:depth]) + "__typename" + "}" * (2 * depth) + "}"


@pytest.mark.parametrize(
    "query",
    [
        "{nope}",
        "{processes",
        "mutation{start}",
        '{processes(first: "many"){page{note}}}',
        "query($first: Int!){processes(first: $first){page{note}}}",
        nested(MAX_DEPTH),
        "{" + " ".join(f"a{number}: version{{applicationVersions}}" for number in range(MAX_ALIASES + 1)) + "}",
        "{version{applicationVersions}" + " " + "__typename " * MAX_TOKENS + "}",
    ],
    ids=["unknown", "not closed", "mutation", "value", "variable", "too deep", "too many aliases", "too long"],
)
def test_a_query_that_is_not_valid_is_a_bad_request(query: str, graphql: Graphql) -> None:
    status, kind = told(graphql.send(query))

    assert (status, kind) == (200, "bad_request")


@pytest.mark.parametrize("body", [None, [], {}, {"query": 1}, {"query": ""}, {"query": VERSION, "variables": []}])
def test_a_body_that_is_no_request_is_refused(body: object, api: Api) -> None:
    assert told(api.post("/api/graphql", body)) == (422, "bad_request")


def test_a_body_that_is_not_json_is_refused(api: Api) -> None:
    assert told(api.send("POST", "/api/graphql", raw="{")) == (422, "bad_request")


def test_a_body_that_is_too_long_is_refused(api: Api, configure: Callable[..., None]) -> None:
    assert told(api.send("POST", "/api/graphql", raw=" " * 2_000_000)) == (413, "bad_request")


def test_only_post_is_taken(api: Api) -> None:
    assert told(api.get("/api/graphql")) == (405, "bad_request")


@pytest.mark.parametrize("path", ["/api/graphql", "/api/graphql/"])
def test_both_spellings_are_served(path: str, api: Api) -> None:
    assert api.post(path, {"query": VERSION}).body == {
        "data": {"version": {"applicationVersions": ["orchestrator-core: 5.5.0 (django)"]}}
    }


def test_the_operation_that_is_named_is_executed(api: Api) -> None:
    query = "query A{version{applicationVersions}} query B{processes{pageInfo{totalItems}}}"

    body = api.post("/api/graphql", {"query": query, "operationName": "B", "extensions": {}}).body

    assert body == {"data": {"processes": {"pageInfo": {"totalItems": 0}}}}


def test_an_exception_of_ours_is_logged_and_not_shown(
    graphql: Graphql, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(types, "may_start", fail)

    with caplog.at_level(logging.ERROR):
        data, errors = graphql.errors("{workflows{page{isAllowed}}}")

    assert (data, set(errors)) == (None, {("Internal Server Error", "internal_error")})
    assert "ZeroDivisionError: secret" in caplog.text


def test_a_request_is_not_answered_more_objects_than_fit(graphql: Graphql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_OBJECTS", 25)
    store_processes(10)

    assert graphql.data("{processes{page{subscriptions(first: 1){pageInfo{totalItems}}}}}")
    data, errors = graphql.errors("{processes{page{subscriptions{page{description}}}}}")

    assert data is None
    assert errors == [("More than 25 objects are asked for: ask for smaller pages", "bad_request")]


def test_a_process_that_is_deleted_meanwhile_is_not_found(graphql: Graphql, monkeypatch: pytest.MonkeyPatch) -> None:
    (process,) = store_processes(1)
    monkeypatch.setattr(types, "read_details", lambda batch: {})

    data, errors = graphql.errors("{processes{page{steps{name}}}}")

    assert (data, errors) == (None, [(f"Process with process_id {process.pk} not found", "not_found")])


@pytest.mark.usefixtures("issuer")
class TestWithAuthentication:
    def test_nobody_is_told_to_sign_in(self, graphql: Graphql) -> None:
        assert told(graphql.send(VERSION)) == (401, "not_authenticated")

    @pytest.mark.parametrize(("roles", "status"), [([], 403), ([Role.VIEW], 200), ([Role.OPERATE], 200)])
    def test_whoever_may_view_may_ask(self, roles: list[Role], status: int, issuer: Issuer, api: Api) -> None:
        headers = {"Authorization": f"Bearer {issuer.token(*(role.value for role in roles))}"}

        answer = api.send("POST", "/api/graphql", {"query": VERSION}, headers=headers)

        assert answer.status == status
        if status == 403:
            assert told(answer) == (403, "not_authorized")
