"""Whatever ends the session of a user, or takes a role, does so on REST and on websockets, on every server."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.functional.consoles import Console, console
from tests.functional.pages import PASSWORD, listening, open_pages, rest_status, sign_in
from tests.issuer import Issuer
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(180)]

BY_COMMAND = """
import getpass
from django.core.management import call_command
getpass.getpass = lambda *arguments, **options: "another one"
import io
call_command("changepassword", user.username, stdout=io.StringIO())
"""

BOTH, FIRST, NONE = (True, True), (True, False), (False, False)

CASES = {
    "password": ("user.set_password('another one'); user.save()", BOTH, 401),
    "password by command": (BY_COMMAND, BOTH, 401),
    "inactive": ("user.is_active = False; user.save()", BOTH, 401),
    "inactive, in bulk": ("User.objects.filter(pk=user.pk).update(is_active=False)", BOTH, 401),
    "deleted": ("user.delete()", BOTH, 401),
    "deleted, in bulk": ("User.objects.filter(pk=user.pk).delete()", BOTH, 401),
    "logout": ("browsers[0].logout()", FIRST, 401),
    "session deleted": ("Session.objects.get(pk=keys[0]).delete()", FIRST, 401),
    "session disconnected": ("operations.disconnect(session_principal(keys[0]), by='root')", FIRST, 401),
    "user disconnected": ("operations.disconnect(f'user:{user.pk}', by='root')", BOTH, 401),
    "user blocked": ("operations.disconnect(f'user:{user.pk}', by='root', block=True)", BOTH, 401),
    "no role": ("user.user_permissions.clear(); user.groups.clear()", BOTH, 403),
    "no role by the group": ("user.user_permissions.clear(); group.permissions.clear()", BOTH, 403),
    "no group any more": ("user.user_permissions.clear(); group.delete()", BOTH, 403),
    "no superuser any more": ("user.is_superuser = False; user.save()", BOTH, 403),
    "one role less": ("user.user_permissions.clear()", NONE, None),
    "another user": ("User.objects.create_user('another').delete()", NONE, None),
}

SUPERUSER = "user.user_permissions.clear(); user.groups.clear(); user.is_superuser = True; user.save()"


@pytest.fixture(scope="module")
def servers(guarded: dict[str, str]) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        yield [stack.enter_context(run_server(program=program, **guarded)) for program in ("uvicorn", "daphne")]


@pytest.fixture(scope="module")
def shell(guarded: dict[str, str]) -> Iterator[Console]:
    with console(guarded) as running:
        yield running


@pytest.mark.parametrize(("statements", "ended", "status"), CASES.values(), ids=CASES.keys())
def test_what_ends_a_session_ends_it_everywhere(
    statements: str, ended: tuple[bool, bool], status: int | None, servers: list[Server], shell: Console
) -> None:
    keys = sign_in(shell)
    if "is_superuser" in statements:
        shell.run(SUPERUSER)
    with ExitStack() as stack:
        pages = open_pages(stack, servers, keys)

        shell.run(statements)

        by_rest = [status if is_over else 200 for is_over in ended * 2]
        assert [page.rest_status() for page in pages] == by_rest
        for page, is_over in zip(pages, ended * 2, strict=True):
            if is_over:
                page.socket.wait_for_close()
        assert [page.socket_status() for page in pages] == [status if is_over else None for is_over in ended * 2]


def test_who_changes_the_own_password_stays_signed_in_and_everybody_else_does_not(
    servers: list[Server], shell: Console
) -> None:
    keys = sign_in(shell)
    with ExitStack() as stack:
        pages = open_pages(stack, servers, keys)

        key = change_password(servers[0], keys[0])

        assert [page.rest_status() for page in pages] == [401] * 4
        assert [page.socket.wait_for_close() for page in pages] == [1008] * 4
        assert key not in keys
        for server in servers:
            assert rest_status(server, key) == 200
            with listening(server, key) as again:
                again.ping()


def change_password(server: Server, key: str) -> str:
    """Change the password by the form in admin and return the key of the session that did so."""
    with httpx.Client(base_url=server.http.base_url, cookies={"sessionid": key}) as browser:
        assert browser.get("/admin/password_change/").status_code == 200
        form = {"old_password": PASSWORD, "new_password1": "another one", "new_password2": "another one"}
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        answer = browser.post("/admin/password_change/", data=form)
        assert answer.status_code == 302, answer.text
        return answer.cookies["sessionid"]


def test_a_token_keeps_what_it_says(servers: list[Server], shell: Console, running_issuer: Issuer) -> None:
    sign_in(shell)
    token = running_issuer.token("operate")

    shell.run("user.user_permissions.clear(); user.groups.clear()")

    header = {"Authorization": f"Bearer {token}"}

    answers = [server.http.get("/api/processes/", headers=header).status_code for server in servers]
    assert answers == [200, 200]


def test_an_administrator_of_admin_loses_it_at_once(servers: list[Server], shell: Console) -> None:
    key = sign_in(shell)[0]
    with httpx.Client(base_url=servers[1].http.base_url, cookies={"sessionid": key}) as browser:
        assert browser.get("/admin/").status_code == 200

        shell.run("operations.disconnect(f'user:{user.pk}', by='root')")

        assert browser.get("/admin/").status_code == 302
        eventually(lambda: shell.run("answer = not Session.objects.filter(pk=keys[0]).exists()"))
