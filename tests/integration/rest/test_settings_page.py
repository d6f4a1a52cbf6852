"""What the settings page of the UI calls: caches, the search index, the overview (REST contract, section 6)."""

from collections.abc import Callable

import pytest

from tests.integration.rest.api import Api, problem


def test_the_caches_are_named_with_their_labels(api: Api) -> None:
    answer = api.get("/api/settings/cache-names")

    assert (answer.status, answer.body) == (200, {"all": "All caches of this installation"})


def test_every_cache_that_is_named_can_be_flushed_and_holds_nothing(api: Api) -> None:
    for name in api.get("/api/settings/cache-names").body:
        answer = api.delete(f"/api/settings/cache/{name}")

        assert (answer.status, answer.body) == (200, 0)


@pytest.mark.parametrize("name", ["nope", "ALL", "all%0A"])
def test_no_other_cache_can(name: str, api: Api) -> None:
    answer = api.delete(f"/api/settings/cache/{name}")

    assert (answer.status, answer.body) == (400, problem(400, "Bad Request", "Invalid cache name"))


def test_the_search_index_can_be_reset(api: Api, recorded: Callable[[], str]) -> None:
    answer = api.post("/api/settings/search-index/reset")

    assert (answer.status, answer.body, recorded()) == (200, None, "")


def test_the_overview_has_groups_of_variables_as_they_are_set(api: Api, configure: Callable[..., None]) -> None:
    configure(events_list_throttle_ms=250, cors_origins=("https://ui.example.org",))

    answer = api.get("/api/settings/overview")

    assert answer.status == 200
    groups = {group["name"]: group["variables"] for group in answer.body}
    assert {"env_name": "EVENTS_LIST_THROTTLE_MS", "env_value": 250} in groups["websocket_settings"]
    assert {"env_name": "CORS_ORIGINS", "env_value": ["https://ui.example.org"]} in groups["server_settings"]
    assert all(set(variable) == {"env_name", "env_value"} for each in groups.values() for variable in each)
