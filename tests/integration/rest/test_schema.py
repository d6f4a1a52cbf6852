"""``GET /api/schema`` and ``/api/docs``: the REST API for programs and for people."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from pytest_django import Settings

from orchestrator_ws.api_document import read_document
from tests.integration.rest.api import Api

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_document_is_open_to_everyone(slash: str, api: Api, settings: Settings) -> None:
    settings.OAUTH2_ACTIVE = True

    answer = api.get(f"/api/schema{slash}")

    assert (answer.status, answer.body["openapi"]) == (200, "3.1.0")
    assert {"/api/processes/", "/api/processes/{key}", "/api/health/"} <= set(answer.body["paths"])


def test_every_route_of_the_api_is_in_it_with_every_method_that_it_serves(api: Api) -> None:
    served: dict[str, set[str]] = {}
    for app in get_resolver().url_patterns:
        if isinstance(app, URLResolver) and str(app.pattern) == "api/":
            for route in app.url_patterns:
                view: Any = route.callback  # every app's routes are flat
                path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", str(route.pattern)).strip("^$?")
                served[f"/api/{path}".rstrip("/")] = METHODS & set(dir(view.cls))

    described = {path.rstrip("/"): METHODS & set(item) for path, item in api.get("/api/schema").body["paths"].items()}

    assert described == served


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(api: Api) -> None:
    operations = [operation for item in api.get("/api/schema").body["paths"].values() for operation in item.values()]

    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] for operation in operations)


@pytest.mark.parametrize(
    ("active", "needs"), [(True, [{"bearer": []}, {"session": []}]), (False, [{"bearer": []}, {"session": []}, {}])]
)
def test_a_token_is_needed_unless_authentication_is_off(active: bool, needs: object, settings: Settings) -> None:
    settings.OAUTH2_ACTIVE = active

    assert read_document.__wrapped__()["paths"]["/api/processes/"]["get"]["security"] == needs


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_page_has_nothing_inline(slash: str, client: Client) -> None:
    text = client.get(f"/api/docs{slash}").content.decode()

    assert re.findall(r"<style|style=|<script[^>]*>[^<]| on\w+=|https?:", text) == []
