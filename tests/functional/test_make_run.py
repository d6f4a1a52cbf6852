"""``make run`` in a copy of the repository, as a newcomer types it; only the virtual environment is there already."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.functional.clients import WebSocketClient
from tests.servers import ROOT
from tests.services import free_port
from tests.waiting import TIMEOUT_SECONDS, eventually

pytestmark = [pytest.mark.once, pytest.mark.timeout(120)]

VIRTUAL_ENVIRONMENT = Path(sys.prefix)
STOP_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Run:
    """A ``make run`` that goes on."""

    folder: Path
    address: str
    printed: str

    def line(self, word: str) -> str:
        """Return what was printed behind the word."""
        found = re.search(rf"^ *{word} +(\S.*)$", self.printed, re.MULTILINE)
        assert found is not None, self.printed
        return found[1]


def newcomers_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


@pytest.fixture(scope="module")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder, port = tmp_path_factory.mktemp("clone"), free_port()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    # The dependencies are taken for installed: nothing is downloaded here.
    installed = ["-o", str(VIRTUAL_ENVIRONMENT / ".runtime"), f"VENV={VIRTUAL_ENVIRONMENT}", f"PORT={port}"]
    log, address = folder / "make-run.log", f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        make = subprocess.Popen(
            ["make", "run", *installed],
            cwd=folder,
            env=newcomers_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(lambda: answers(make, address, log), within_seconds=5 * TIMEOUT_SECONDS)
        yield Run(folder=folder, address=address, printed=log.read_text())
    finally:
        os.killpg(make.pid, signal.SIGTERM)
        try:
            make.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(make.pid, signal.SIGKILL)
            make.wait()


def answers(make: "subprocess.Popen[bytes]", address: str, log: Path) -> bool:
    assert make.poll() is None, log.read_text()
    try:
        return httpx.get(f"{address}/api/health").status_code == 200
    except httpx.TransportError:
        return False


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
    assert httpx.get(make_run.line("Processes")).status_code == 200
    with WebSocketClient(make_run.line("Events")) as client:
        client.ping()


def test_the_printed_curl_line_starts_a_process_which_the_printed_watch_line_shows(make_run: Run) -> None:
    seen = make_run.folder / "watch.log"
    with seen.open("wb") as output:
        watch = subprocess.Popen(
            shlex.split(make_run.line("Watch")),
            cwd=make_run.folder,
            env=newcomers_environment(),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: "Connected" in seen.read_text())

        # What curl sends for this line; the machine need not have it.
        match shlex.split(make_run.line("Start")):
            case ["curl", "-X", method, url, "-d", body]:
                form = {"content-type": "application/x-www-form-urlencoded"}
                answer = httpx.request(method, url, content=body, headers=form)

        process_id = answer.json()["id"]
        frame = f'{{"name":"invalidateCache","value":{{"type":"processes","id":"{process_id}"}}}}'
        eventually(lambda: seen.read_text().count(frame) >= 4)
    finally:
        watch.terminate()
        watch.communicate()
    aborted = httpx.put(f"{make_run.address}/api/processes/{process_id}/abort")
    assert aborted.status_code == 204
