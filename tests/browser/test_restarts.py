"""What happens while a page cannot hear it is told afterwards: the server is killed, updated, halted and comes back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.pages import EventsPage
from tests.browser.restarts import RestartableServer
from tests.functional.installations import Databases, installation
from tests.servers import Server
from tests.servers import server as run_server
from tests.waiting import eventually

pytestmark = pytest.mark.once

# Not quicker: Chromium makes a page that fails often wait by itself.
QUICK: dict[str, Any] = {"backoffBaseMs": 100, "backoffCapMs": 1000}
BEFORE_EVERYTHING = "0:0:"
COARSE = [
    ("processes",),
    ("subscriptions",),
    ("processStatusCounts",),
    ("engineStatus",),
    ("metadataProducts",),
    ("workerStatus",),
]
EVERYTHING = {name: [name] for (name,) in COARSE}


@pytest.fixture(scope="module")
def environment(databases: Databases) -> Iterator[dict[str, str]]:
    """Make the installation that both servers of this file belong to."""
    with installation(databases) as made:
        yield made


@pytest.fixture(scope="module")
def other_server(environment: dict[str, str]) -> Iterator[Server]:
    """Run the server that goes on: people work there while the page's own is away."""
    with run_server(**environment) as running:
        yield running


@pytest.fixture(scope="module")
def process_ids(other_server: Server) -> list[str]:
    """Run two processes to their end, before any page is there."""
    made = [other_server.start("demo_create_path", [{"path_label": label}]) for label in ("Harbour", "Airport")]
    eventually(lambda: all(other_server.status_of(process_id) == "completed" for process_id in made))
    return made


@pytest.fixture
def restartable(environment: dict[str, str], process_ids: list[str]) -> Iterator[RestartableServer]:
    """Make the page's own server, which is not started yet."""
    with RestartableServer(**environment) as made:
        yield made


def change(server: Server, process_id: str) -> None:
    """Commit a change of the process on that server."""
    answer = server.http.patch(f"/api/processes/{process_id}", json={"note": "changed"})
    assert answer.status_code < 300, answer.text


def test_after_the_server_was_killed_the_page_is_told_exactly_what_changed_meanwhile_each_tag_once(
    restartable: RestartableServer,
    open_page: Callable[[Server], EventsPage],
    other_server: Server,
    process_ids: list[str],
) -> None:
    unchanged, changed = process_ids
    page = open_page(restartable.start())
    listeners = {"all": ["processes"], "changed": ["processes", changed], "unchanged": ["processes", unchanged]}
    page.connect({**EVERYTHING, **listeners}, **QUICK)
    page.told("catching up", "connected")
    position = page.position

    restartable.kill()
    page.told("catching up", "connected", "offline")
    change(other_server, changed)
    change(other_server, changed)
    restartable.start()

    page.told("catching up", "connected", "offline", "catching up", "connected")
    heard = [call for call in page.calls if call[0] in listeners]
    assert heard == [("all", "processes", "LIST"), ("all", "processes", changed), ("changed", "processes", changed)]
    assert {call[0] for call in page.calls} == {"processes", "all", "changed"}
    first, *later = page.seen.sinces
    assert (first, set(later)) == (None, {position})


def test_a_server_that_is_updated_is_found_again_and_what_changed_meanwhile_is_told(
    restartable: RestartableServer,
    open_page: Callable[[Server], EventsPage],
    other_server: Server,
    process_ids: list[str],
) -> None:
    page = open_page(restartable.start())
    page.connect({"changed": ["processes", process_ids[1]]}, **QUICK)
    page.told("catching up", "connected")

    restartable.stop()
    page.told("catching up", "connected", "offline")
    change(other_server, process_ids[1])
    restartable.start()

    page.told("catching up", "connected", "offline", "catching up", "connected")
    assert page.calls == [("changed", "processes", process_ids[1])]


def test_a_server_that_is_halted_is_noticed_and_found_again_when_it_goes_on(
    restartable: RestartableServer, open_page: Callable[[Server], EventsPage]
) -> None:
    page = open_page(restartable.start())
    page.connect(pingIntervalMs=200, answerTimeoutMs=1000, **QUICK)
    page.told("catching up", "connected")

    restartable.pause()
    page.told("catching up", "connected", "offline")

    restartable.go_on()
    eventually(lambda: page.state == "connected")


def test_from_a_position_that_the_log_does_not_reach_back_to_everything_is_told_to_be_stale(
    restartable: RestartableServer, open_page: Callable[[Server], EventsPage]
) -> None:
    # It starts when there are changes already, and cannot know whether they are the first ones.
    page = open_page(restartable.start())

    page.connect(EVERYTHING, position=BEFORE_EVERYTHING)

    page.told("catching up", "connected")
    assert [call[1:] for call in page.calls] == COARSE
    assert page.seen.sinces == [BEFORE_EVERYTHING]


def test_a_page_whose_first_connection_failed_is_told_that_everything_is_stale(
    restartable: RestartableServer, open_page: Callable[[Server], EventsPage]
) -> None:
    page = open_page(restartable.start())
    restartable.kill()

    page.connect(EVERYTHING, **QUICK)
    eventually(lambda: len(page.seen.addresses) > 1)
    restartable.start()

    page.told("catching up", "connected")
    assert [call[1:] for call in page.calls] == COARSE
    assert (page.seen.sinces[0], set(page.seen.sinces[1:])) == (None, {""})
