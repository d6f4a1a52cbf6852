"""Every route and method of REST: who is let in, and who is not (docs/security.md, section 2)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from rest_framework.permissions import AllowAny

from orchestrator_ws.api_document import show_document
from orchestrator_ws.problem_details import route_not_found
from tests.integration.access.tokens import REFUSED
from tests.integration.engine.stored_processes import UNKNOWN_ID
from tests.integration.rest.api import Api, problem
from tests.issuer import Issuer

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VIEW, OPERATE, ENGINE = {"view", "operate", "engine", "admin"}, {"operate", "admin"}, {"engine", "admin"}

# Method, path, and the roles that each is enough. Nothing here exists, so that nothing changes.
ROUTES: list[tuple[str, str, set[str]]] = [
    ("GET", "/api/processes", VIEW),
    ("GET", "/api/processes/status-counts", VIEW),
    ("GET", f"/api/processes/{UNKNOWN_ID}", VIEW),
    ("POST", "/api/processes/no_such_workflow", OPERATE),
    ("PATCH", f"/api/processes/{UNKNOWN_ID}", OPERATE),
    ("DELETE", f"/api/processes/{UNKNOWN_ID}", OPERATE),
    ("PUT", "/api/processes/resume-all", OPERATE),
    ("PUT", f"/api/processes/{UNKNOWN_ID}/resume", OPERATE),
    ("PUT", f"/api/processes/{UNKNOWN_ID}/abort", OPERATE),
    ("POST", f"/api/processes/{UNKNOWN_ID}/callback/token", OPERATE),
    ("POST", f"/api/processes/{UNKNOWN_ID}/callback/token/progress", OPERATE),
    ("POST", "/api/forms/no_such_form", OPERATE),
    ("GET", "/api/subscriptions", VIEW),
    ("GET", "/api/subscriptions/search", VIEW),
    ("GET", f"/api/subscriptions/{UNKNOWN_ID}", VIEW),
    ("PUT", f"/api/subscriptions/{UNKNOWN_ID}/set_in_sync", OPERATE),
    ("GET", f"/api/subscriptions/workflows/{UNKNOWN_ID}", VIEW),
    ("POST", "/api/search/subscriptions", VIEW),
    ("GET", "/api/search/definitions", VIEW),
    ("GET", "/api/products", VIEW),
    ("GET", f"/api/workflows/{UNKNOWN_ID}", VIEW),
    ("PATCH", f"/api/workflows/{UNKNOWN_ID}", OPERATE),
    ("GET", "/api/translations/en-GB", VIEW),
    ("GET", "/api/workflow_user_guides/no_such_workflow", VIEW),
    ("GET", "/api/surf/workflow_user_guides/no_such_workflow", VIEW),
    ("GET", "/api/settings/status", VIEW),
    ("PUT", "/api/settings/status", ENGINE),
    ("GET", "/api/settings/worker-status", VIEW),
    ("GET", "/api/settings/cache-names", VIEW),
    ("DELETE", "/api/settings/cache/all", OPERATE),
    ("POST", "/api/settings/search-index/reset", OPERATE),
    ("GET", "/api/settings/overview", VIEW),
    ("POST", "/api/access/disconnect", {"admin"}),
    ("POST", "/api/user/error", VIEW),
    ("POST", "/api/user/log/jane", VIEW),
]
OPEN = [("GET", "/api/health"), ("GET", "/api/health/live"), ("GET", "/api/schema")]
"""What everybody may, without a token."""
GRAPHQL = [("POST", "/api/graphql")]
"""What refuses in a shape of its own (``tests/integration/graphql_api/test_errors.py``)."""
NO_VIEWS_OF_REST = (route_not_found, show_document)
"""What tells nothing of this installation: the answer to an unknown route, and the page that shows the schema."""

UNAUTHENTICATED = (401, {"detail": "Invalid or expired token"})
FORBIDDEN = (403, problem(403, "Forbidden", "Not authorized"))


def api_routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Return every route below ``api``, with what answers it."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from api_routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith("api"):
            yield route, pattern.callback


def test_the_table_has_every_route_and_method() -> None:
    served = {
        (method, route)
        for route, callback in api_routes(get_resolver().url_patterns)
        if callback not in NO_VIEWS_OF_REST
        for method in METHODS
        if hasattr(callback.cls, method.lower())
    }

    table = [(method, path) for method, path, _ in ROUTES] + OPEN + GRAPHQL
    assert {(method, resolve(path).route.removeprefix("^")) for method, path in table} == served


def test_only_what_is_open_asks_for_no_role() -> None:
    views = {view for _, view in api_routes(get_resolver().url_patterns) if view not in NO_VIEWS_OF_REST}
    without = {view.cls for view in views if AllowAny in view.cls.permission_classes}

    assert without == {resolve(path).func.cls for _, path in OPEN}  # type: ignore[attr-defined]


each_route = pytest.mark.parametrize(
    ("method", "path", "allowed"), ROUTES, ids=[f"{method} {path}" for method, path, _ in ROUTES]
)


def ask(api: Api, method: str, path: str, token: str | None) -> tuple[int, Any]:
    headers = None if token is None else {"Authorization": f"Bearer {token}"}
    answer = api.send(method, path, headers=headers)
    if answer.status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    return answer.status, answer.body


@each_route
def test_nobody_is_let_in_without_a_token(
    method: str, path: str, allowed: set[str], api: Api, issuer: Issuer, recorded: Callable[[], str]
) -> None:
    assert ask(api, method, path, None) == (401, {"detail": "Not authenticated"})
    assert recorded() == ""


@each_route
@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_nobody_is_let_in_by_a_token_that_does_not_hold(
    make: Callable[[Issuer], str], method: str, path: str, allowed: set[str], api: Api, issuer: Issuer
) -> None:
    assert ask(api, method, path, make(issuer)) == UNAUTHENTICATED


@each_route
@pytest.mark.parametrize("role", ["view", "operate", "engine", "admin"])
def test_the_role_decides(role: str, method: str, path: str, allowed: set[str], api: Api, issuer: Issuer) -> None:
    answered = ask(api, method, path, issuer.token(role))

    if role in allowed:
        assert answered[0] not in (401, 403)
    else:
        assert answered == FORBIDDEN


@each_route
def test_who_has_no_role_may_nothing(method: str, path: str, allowed: set[str], api: Api, issuer: Issuer) -> None:
    assert ask(api, method, path, issuer.token("offline_access")) == FORBIDDEN


@each_route
def test_while_authentication_is_off_everybody_may_everything(
    method: str, path: str, allowed: set[str], api: Api
) -> None:
    assert ask(api, method, path, "whatever")[0] not in (401, 403)


@pytest.mark.parametrize(("method", "path"), OPEN)
def test_what_is_open_asks_for_nothing(method: str, path: str, api: Api, issuer: Issuer) -> None:
    assert ask(api, method, path, None)[0] == 200
    assert ask(api, method, path, "expired")[0] == 200


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_other_methods_need_a_token_too(method: str, api: Api, issuer: Issuer) -> None:
    assert api._client.generic(method, "/api/processes").status_code == 401
