"""The page ``/settings``: its actions and its list of settings; and the texts that every page asks for."""

import pytest

from tests.ui.browser import Browser


def test_the_actions_answer_what_the_page_takes_for_success(browser: Browser) -> None:
    names = browser.call("GET", "settings/cache-names").body

    assert names == {"all": "All caches of this installation"}
    assert browser.call("DELETE", "settings/cache/all").body == 0
    reset = browser.call("POST", "settings/search-index/reset")
    assert (reset.status, reset.body) == (200, None)


def test_the_engine_is_paused_and_started(browser: Browser) -> None:
    for lock, status in ((True, "PAUSED"), (False, "RUNNING")):
        changed = browser.call("PUT", "settings/status", {"global_lock": lock}).body

        assert changed == {"global_lock": lock, "global_status": status, "running_processes": 0}
        assert browser.call("GET", "settings/status").body == changed


def test_the_panel_of_workers_has_its_numbers(browser: Browser) -> None:
    body = browser.call("GET", "settings/worker-status").body

    assert body.keys() == {
        "executor_type",
        "number_of_workers_online",
        "number_of_queued_jobs",
        "number_of_running_jobs",
    }


def test_the_settings_have_names_and_values(browser: Browser) -> None:
    groups = browser.call("GET", "settings/overview").body

    assert "websocket_settings" in {group["name"] for group in groups}
    for group in groups:
        assert group["variables"]
        assert all(variable.keys() == {"env_name", "env_value"} for variable in group["variables"])


@pytest.mark.parametrize(("locale", "label"), [("en-GB", "Label of the path"), ("nl-NL", "Naam van het pad")])
def test_the_fields_of_forms_have_labels(locale: str, label: str, browser: Browser) -> None:
    assert browser.call("GET", f"translations/{locale}").body["forms"]["fields"]["path_label"] == label


def test_a_workflow_has_a_guide_for_its_user(browser: Browser) -> None:
    guide = browser.call("GET", "surf/workflow_user_guides/demo_create_path")
    none = browser.call("GET", "surf/workflow_user_guides/demo_retry")

    assert isinstance(guide.body, str)
    assert (none.status, none.body) == (404, {"detail": "Workflow guide not found"})
