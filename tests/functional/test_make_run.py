"""``make run``: what it prints is there and works."""

import re
import shlex
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.functional.clients import WebSocketClient
from tests.functional.clones import Run, newcomers_environment
from tests.functional.clones import make_run as run_make_run
from tests.waiting import eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with run_make_run(tmp_path_factory.mktemp("clone")) as running:
        yield running


def test_the_administrator_s_printed_password_opens_the_printed_admin_address(make_run: Run) -> None:
    found = re.search(r"user (\S+), password (\S+)", make_run.printed)
    assert found is not None, make_run.printed
    with httpx.Client(follow_redirects=True) as browser:
        form = browser.get(make_run.line("Admin"))
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
        assert token is not None, form.text

        page = browser.post(
            form.url,
            data={"username": found[1], "password": found[2], "csrfmiddlewaretoken": token[1], "next": "/admin/"},
        )

    assert page.url.path == "/admin/"
    assert "Log out" in page.text


def test_the_printed_addresses_work(make_run: Run) -> None:
    assert "Start a process" in httpx.get(make_run.line("Console"), follow_redirects=True).text
    assert httpx.get(make_run.line("Processes")).status_code == 200
    with WebSocketClient(make_run.line("Events")) as client:
        client.ping()


def test_the_printed_curl_line_starts_a_process_which_the_printed_watch_line_shows(make_run: Run) -> None:
    seen = make_run.folder / "watch.log"
    with seen.open("wb") as output:
        watch = subprocess.Popen(
            ["env", *shlex.split(make_run.line("Watch"))],
            cwd=make_run.folder,
            env=newcomers_environment(),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: "Listening" in seen.read_text())

        # What curl sends for this line; the machine need not have it.
        match shlex.split(make_run.line("Start")):
            case ["curl", "-X", method, url, "-d", body]:
                form = {"content-type": "application/x-www-form-urlencoded"}
                answer = httpx.request(method, url, content=body, headers=form)

        process_id = answer.json()["id"]
        eventually(lambda: seen.read_text().count(f"processes  {process_id}") >= 4)
    finally:
        watch.terminate()
        watch.communicate()
    aborted = httpx.put(f"{make_run.address}/api/processes/{process_id}/abort")
    assert aborted.status_code == 204
