"""The engine in admin: its status, and the button that pauses and starts it."""

from collections.abc import Callable

import pytest
from django.test import Client

from processes.models import Process
from processes.statuses import ProcessStatus
from settings.queries import is_locked
from tests.integration.engine.stored_processes import hold_elsewhere, lock_engine, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define

PAGE = "/admin/engine_settings/enginesettings/"
BUTTON = f"{PAGE}lock/"
VIEW, CHANGE = "engine_settings.view_enginesettings", "engine_settings.change_enginesettings"


@pytest.mark.parametrize(
    ("locked", "running", "status", "button"),
    [
        (False, False, "RUNNING", "Pause the engine"),
        (True, True, "PAUSING", "Start the engine"),
        (True, False, "PAUSED", "Start the engine"),
    ],
)
def test_the_page_shows_the_status_and_the_button(
    locked: bool, running: bool, status: str, button: str, admin_client: Client
) -> None:
    if locked:
        lock_engine()
    if running:
        hold_elsewhere(store_in_status(define("elsewhere", adding("Work")), ProcessStatus.RUNNING))

    page = admin_client.get(PAGE).content.decode()

    assert f"<strong>{status}</strong>" in page
    assert f"<td>{int(running)}</td>" in page
    assert f'value="{button}"' in page


@pytest.mark.parametrize("locked", [True, False], ids=["pause", "start"])
def test_the_button_goes_through_the_operation_so_browsers_hear_of_it(
    locked: bool, admin_client: Client, recorded: Callable[[], str]
) -> None:
    if not locked:
        lock_engine()

    response = admin_client.post(BUTTON, {"locked": "true" if locked else "false"}, follow=True)

    assert response.redirect_chain == [(PAGE, 302)]
    assert is_locked() is locked
    assert f"The engine is {'paused' if locked else 'running'}." in response.content.decode()
    assert recorded() == "G"


def test_the_page_says_who_locked_the_engine(admin_client: Client) -> None:
    admin_client.post(BUTTON, {"locked": "true"})

    assert "locked by admin since" in admin_client.get(PAGE).content.decode()


@pytest.mark.usefixtures("transactional_db")
def test_a_start_resumes_what_stood_still(admin_client: Client) -> None:
    process = store_in_status(define("standing", adding("Work")), ProcessStatus.RUNNING)
    lock_engine()

    admin_client.post(BUTTON, {"locked": "false"})

    assert Process.objects.get(pk=process.pk).status is ProcessStatus.COMPLETED


def test_who_may_only_look_sees_no_button(sign_in: Callable[..., Client]) -> None:
    page = sign_in(VIEW).get(PAGE)

    assert page.status_code == 200
    assert "Pause the engine" not in page.content.decode()


@pytest.mark.parametrize("permissions", [[], [VIEW], ["processes.resume_process"]], ids=["none", "view", "other"])
def test_the_button_needs_the_permission_to_change(
    permissions: list[str], sign_in: Callable[..., Client], recorded: Callable[[], str]
) -> None:
    response = sign_in(*permissions).post(BUTTON, {"locked": "true"})

    assert response.status_code == 403
    assert not is_locked()
    assert recorded() == ""


def test_the_permission_to_change_is_enough_for_page_and_button(sign_in: Callable[..., Client]) -> None:
    staff = sign_in(CHANGE)

    assert "Pause the engine" in staff.get(PAGE).content.decode()
    assert staff.post(BUTTON, {"locked": "true"}).status_code == 302


def test_the_page_needs_a_permission(sign_in: Callable[..., Client]) -> None:
    assert sign_in().get(PAGE).status_code == 403


@pytest.mark.parametrize("path", [PAGE, BUTTON])
def test_a_visitor_is_sent_to_the_login(path: str, client: Client) -> None:
    response = client.post(path, {"locked": "true"}) if path == BUTTON else client.get(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")
    assert not is_locked()


def test_a_get_of_the_button_changes_nothing(admin_client: Client, recorded: Callable[[], str]) -> None:
    response = admin_client.get(BUTTON)

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert recorded() == ""


def test_the_button_is_protected_against_other_pages(django_user_model: type, sign_in: Callable[..., Client]) -> None:
    sign_in(CHANGE)
    checking = Client(enforce_csrf_checks=True)
    checking.force_login(django_user_model.objects.get(username="jane"))  # type: ignore[attr-defined]

    response = checking.post(BUTTON, {"locked": "true"})

    assert response.status_code == 403
    assert not is_locked()


@pytest.mark.parametrize("path", ["add/", "1/change/", "1/delete/", "1/"])
def test_the_row_cannot_be_edited_any_other_way(path: str, admin_client: Client, recorded: Callable[[], str]) -> None:
    response = admin_client.post(PAGE + path, {"global_lock": "on"})

    assert response.status_code in (302, 403, 404)
    assert not is_locked()
    assert recorded() == ""
