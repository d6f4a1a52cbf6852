"""What holds for every route: slashes, methods, unknown routes, content types (REST contract, section 1)."""

from typing import Any

import pytest

from processes.models import Process
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api
from tests.integration.subscriptions.stored_subscriptions import store_subscription

NO_BODY: Any = object()

# method, path, body, status. ID stands for a suspended task, WF for its workflow, SUB for a subscription.
ROUTES = [
    ("GET", "/api/processes", NO_BODY, 200),
    ("GET", "/api/processes/status-counts", NO_BODY, 200),
    ("GET", "/api/processes/ID", NO_BODY, 200),
    ("POST", "/api/processes/routed", [{}], 201),
    ("PATCH", "/api/processes/ID", {"note": "new"}, 200),
    ("DELETE", "/api/processes/ID", NO_BODY, 204),
    ("PUT", "/api/processes/ID/resume", {}, 204),
    ("PUT", "/api/processes/ID/abort", NO_BODY, 204),
    ("GET", "/api/subscriptions", NO_BODY, 200),
    ("GET", "/api/subscriptions/search?query=a", NO_BODY, 200),
    ("GET", "/api/subscriptions/SUB", NO_BODY, 200),
    ("PUT", "/api/subscriptions/SUB/set_in_sync", NO_BODY, 200),
    ("GET", "/api/subscriptions/workflows/SUB", NO_BODY, 200),
    ("POST", "/api/search/subscriptions", {}, 200),
    ("GET", "/api/search/definitions", NO_BODY, 200),
    ("GET", "/api/products", NO_BODY, 200),
    ("GET", "/api/workflows/WF", NO_BODY, 200),
    ("PATCH", "/api/workflows/WF", {"description": "new"}, 201),
    ("PUT", "/api/processes/resume-all", NO_BODY, 200),
    ("GET", "/api/translations/en-GB", NO_BODY, 200),
    ("GET", "/api/workflow_user_guides/demo_create_path", NO_BODY, 200),
    ("GET", "/api/surf/workflow_user_guides/demo_create_path", NO_BODY, 200),
    ("GET", "/api/settings/status", NO_BODY, 200),
    ("PUT", "/api/settings/status", {"global_lock": False}, 200),
    ("GET", "/api/settings/worker-status", NO_BODY, 200),
    ("GET", "/api/settings/cache-names", NO_BODY, 200),
    ("DELETE", "/api/settings/cache/all", NO_BODY, 200),
    ("POST", "/api/settings/search-index/reset", NO_BODY, 200),
    ("GET", "/api/settings/overview", NO_BODY, 200),
    ("POST", "/api/user/error", {}, 200),
    ("POST", "/api/user/log/jane", {"message": "Hello"}, 200),
    ("GET", "/api/health", NO_BODY, 200),
    ("GET", "/api/health/live", NO_BODY, 200),
]


@pytest.fixture
def task() -> Process:
    """Return a suspended task of the workflow ``routed``."""
    return store_in_status(define("routed", adding("Work"), is_task=True), ProcessStatus.SUSPENDED)


@pytest.mark.parametrize("slash", ["", "/"], ids=["without slash", "with slash"])
@pytest.mark.parametrize("route", ROUTES, ids=[f"{method} {path}" for method, path, *_ in ROUTES])
def test_both_spellings_are_served_directly(
    route: tuple[str, str, Any, int], slash: str, task: Process, api: Api
) -> None:
    method, path, body, status = route
    ids = {"ID": task.pk, "WF": task.workflow_id, "SUB": store_subscription().pk}
    path, mark, query = path.partition("?")
    for name, identity in ids.items():
        path = path.replace(name, str(identity))
    path += slash + mark + query

    answer = api.send(method, path) if body is NO_BODY else api.send(method, path, body)

    assert answer.status == status


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/processes", {"GET"}),
        ("/api/processes/status-counts", {"GET"}),
        ("/api/processes/ID", {"GET", "POST", "PATCH", "DELETE"}),
        ("/api/processes/ID/resume", {"PUT"}),
        ("/api/processes/ID/abort", {"PUT"}),
        ("/api/subscriptions", {"GET"}),
        ("/api/subscriptions/search", {"GET"}),
        ("/api/subscriptions/ID", {"GET"}),
        ("/api/subscriptions/ID/set_in_sync", {"PUT"}),
        ("/api/subscriptions/workflows/ID", {"GET"}),
        ("/api/search/subscriptions", {"POST"}),
        ("/api/search/definitions", {"GET"}),
        ("/api/products", {"GET"}),
        ("/api/workflows/ID", {"GET", "PATCH"}),
        ("/api/processes/resume-all", {"PUT"}),
        ("/api/translations/en-GB", {"GET"}),
        ("/api/workflow_user_guides/demo_create_path", {"GET"}),
        ("/api/surf/workflow_user_guides/demo_create_path", {"GET"}),
        ("/api/settings/status", {"GET", "PUT"}),
        ("/api/settings/worker-status", {"GET"}),
        ("/api/settings/cache-names", {"GET"}),
        ("/api/settings/cache/all", {"DELETE"}),
        ("/api/settings/search-index/reset", {"POST"}),
        ("/api/settings/overview", {"GET"}),
        ("/api/user/error", {"POST"}),
        ("/api/user/log/jane", {"POST"}),
        ("/api/health", {"GET"}),
        ("/api/health/live", {"GET"}),
    ],
)
def test_any_other_method_is_refused_with_what_is_allowed(
    path: str, allowed: set[str], task: Process, api: Api
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        answer = api.send(method, path.replace("ID", str(task.pk)))

        assert (answer.status, answer.body) == (405, {"detail": "Method Not Allowed"}), method
        offered = {name.strip() for name in answer.headers["Allow"].split(",")}
        assert offered - {"HEAD", "OPTIONS"} == allowed


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/processes/a/b",
        "/api/processes/a/resume/b",
        "/api/settings",
        "/api/ws/events",
    ],
)
def test_an_unknown_route_is_not_found_by_any_method(path: str, api: Api) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = api.send(method, path)

        assert (answer.status, answer.body) == (404, {"detail": "Not Found"}), method


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "application/xml", ""]
)
def test_a_body_is_json_whatever_its_content_type_says(content_type: str, task: Process, api: Api) -> None:
    answer = api.send("POST", "/api/processes/routed", [{}], content_type=content_type)

    assert answer.status == 201


@pytest.mark.parametrize("accept", ["text/html", "nonsense"])
def test_the_answer_is_json_whatever_the_client_accepts(accept: str, api: Api) -> None:
    answer = api.get("/api/processes/status-counts", accept=accept)

    assert answer.status == 200
