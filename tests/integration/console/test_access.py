"""Who may see the console, and who may send its forms."""

from urllib.parse import unquote

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from processes.registration import store_workflows
from processes.statuses import ProcessStatus
from settings.queries import is_locked
from tests.integration.console.pages import show, words_of
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import store_subscription

SENT = (
    "/processes/{process}/resume/",
    "/processes/{process}/abort/",
    "/processes/{process}/delete/",
    "/processes/{process}/note/",
    "/tasks/retry/",
    "/subscriptions/{subscription}/in-sync/",
    "/engine/lock/",
)
"""What only takes the forms of the page one level up."""
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

    def test_a_part_of_a_page_whose_session_ended_is_refused(self, client: Client) -> None:
        answer = client.get("/parts/processes/", headers={"HX-Request": "true"})

        assert (answer.status_code, answer.content) == (401, b"")

    @pytest.mark.parametrize("path", SENT)
    def test_a_form_that_is_sent_after_the_session_ended_leads_by_the_login_to_its_page(
        self, path: str, client: Client
    ) -> None:
        process = store_in_status(define("working", adding("Work")), ProcessStatus.SUSPENDED)
        subscription = store_subscription()
        path = path.format(process=process.pk, subscription=subscription.pk)
        _, _, after_login = client.post(path).headers["Location"].partition("?next=")
        client.force_login(user("admin"))

        answer = client.get(unquote(after_login), follow=True)

        assert (answer.status_code, answer.request["PATH_INFO"]) == (200, path.rstrip("/").rpartition("/")[0] + "/")

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

    def test_who_has_no_role_may_sign_in_as_somebody_else(self, client: Client) -> None:
        client.force_login(user())

        content = client.get("/processes/").content.decode()

        assert ("Signed in as ada" in content, 'action="/admin/logout/"' in content) == (True, True)
        assert "To the overview" not in content

    def test_who_may_look_is_led_back_from_what_they_may_not_do(self, client: Client) -> None:
        client.force_login(user("view"))

        assert "To the overview" in client.post("/engine/lock/").content.decode()

    def test_who_may_start_nothing_is_shown_no_workflow(self, client: Client) -> None:
        define("build_path", adding("Work"))
        store_workflows()
        client.force_login(user("view"))

        words = show(client, "/start/")

        assert ("build path" in words, "takes the role operate" in words) == (False, True)


def test_a_form_of_a_foreign_page_does_nothing() -> None:
    process = store_in_status(define("working", adding("Work")), ProcessStatus.FAILED)

    answer = Client(enforce_csrf_checks=True).post(f"/processes/{process.pk}/abort/")

    process.refresh_from_db()
    assert (answer.status_code, process.last_status) == (403, "failed")
    assert "Go back, reload the page and send it again" in words_of(answer)


@pytest.mark.parametrize("path", ["/processes/?q=a%00b", "/processes/?status=%00", "/tasks/?page=%00"])
def test_text_that_no_database_can_look_for_is_refused(path: str, client: Client) -> None:
    answer = client.get(path)

    assert (answer.status_code, b"Not understood" in answer.content) == (400, True)


@pytest.mark.parametrize("path", ["/start/%00/", "/start/nothing/"])
def test_what_is_no_workflow_is_not_found(path: str, client: Client) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/engine/lock/", "/tasks/retry/"])
def test_whoever_looks_at_what_only_takes_a_form_is_led_to_its_page(path: str, client: Client) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["Location"]) == (302, "../")
    assert client.put(path).status_code == 405
