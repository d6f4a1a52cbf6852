"""Who may see the console, and who may send its forms."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from processes.statuses import ProcessStatus
from settings.queries import is_locked
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define

PAGES = ("/processes/", "/tasks/", "/start/", "/subscriptions/", "/engine/")


def user(*roles: str) -> User:
    made = User.objects.create_user("ada", is_staff=True)
    made.user_permissions.set(Permission.objects.filter(content_type__app_label="access", codename__in=roles))
    return made


@pytest.mark.parametrize("path", PAGES)
def test_while_authentication_is_off_everybody_sees_everything(path: str, client: Client) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")


@pytest.mark.usefixtures("issuer")
class TestWithAuthentication:
    @pytest.mark.parametrize("path", PAGES)
    def test_who_has_no_session_is_sent_to_the_login_and_back(self, path: str, client: Client) -> None:
        answer = client.get(path)

        assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next={path}")

    def test_a_part_of_a_page_whose_session_ended_has_the_page_loaded_anew(self, client: Client) -> None:
        answer = client.get("/parts/processes/", headers={"HX-Request": "true"})

        assert (answer.status_code, answer.headers["HX-Refresh"]) == (200, "true")

    @pytest.mark.parametrize(
        ("roles", "may_look", "may_operate", "may_pause"),
        [
            ((), False, False, False),
            (("view",), True, False, False),
            (("operate",), True, True, False),
            (("engine",), True, False, True),
            (("admin",), True, True, True),
        ],
        ids=str,
    )
    def test_roles_decide(
        self, roles: tuple[str, ...], may_look: bool, may_operate: bool, may_pause: bool, client: Client
    ) -> None:
        process = store_in_status(define("working", adding("Work")), ProcessStatus.FAILED)
        client.force_login(user(*roles))

        looked = client.get(f"/processes/{process.pk}/")
        aborted = client.post(f"/processes/{process.pk}/abort/")
        paused = client.post("/engine/lock/", {"locked": "true"})

        assert [answer.status_code for answer in (looked, aborted, paused)] == [
            200 if may_look else 403,
            302 if may_operate else 403,
            302 if may_pause else 403,
        ]
        assert (b"Abort" in looked.content) is may_operate
        assert is_locked() is may_pause

    def test_nobody_is_offered_what_they_may_not_do(self, client: Client) -> None:
        client.force_login(user("view"))

        for path in PAGES:
            content = client.get(path).content
            assert b"Start a process</a>" not in content
            assert b"Pause the engine" not in content


def test_a_form_of_a_foreign_page_does_nothing() -> None:
    process = store_in_status(define("working", adding("Work")), ProcessStatus.FAILED)

    answer = Client(enforce_csrf_checks=True).post(f"/processes/{process.pk}/abort/")

    process.refresh_from_db()
    assert (answer.status_code, process.last_status) == (403, "failed")


@pytest.mark.parametrize("path", ["/processes/?q=a%00b", "/processes/?status=%00", "/tasks/?page=%00"])
def test_text_that_no_database_can_look_for_is_refused(path: str, client: Client) -> None:
    answer = client.get(path)

    assert (answer.status_code, b"Not understood" in answer.content) == (400, True)


@pytest.mark.parametrize("path", ["/start/%00/", "/start/nothing/"])
def test_what_is_no_workflow_is_not_found(path: str, client: Client) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/engine/lock/", "/tasks/retry/"])
def test_what_changes_something_is_sent_and_never_looked_at(path: str, client: Client) -> None:
    assert client.get(path).status_code == 405
