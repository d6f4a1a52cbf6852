"""Frames reach the handlers of their tag, whatever else comes and whatever handlers do."""

import pytest

from tests.browser.pages import EventsPage
from tests.functional.clients import unlock
from tests.servers import Server
from tests.waiting import eventually

pytestmark = pytest.mark.once

FOREIGN_ID = "5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01"
UNKNOWN_POSITION = "nothing that a server ever said"


@pytest.fixture
def connected(events_page: EventsPage) -> EventsPage:
    """The page with a client that is connected."""
    events_page.connect(pingIntervalMs=200)
    events_page.told("catching up", "connected")
    return events_page


def fence(page: EventsPage, server: Server) -> None:
    """Unlock the engine and wait for its frame: whatever was committed before has then been heard."""
    page.on("fence", "engineStatus")
    unlock(server)
    eventually(lambda: any(call[0] == "fence" for call in page.calls))


def calls_of(page: EventsPage, name: str) -> list[tuple[str, ...]]:
    """Return what the handler of this name was called with."""
    return [call[1:] for call in page.calls if call[0] == name]


def test_a_handler_hears_every_frame_of_its_type_and_with_an_id_only_those_of_that_id(
    connected: EventsPage, server: Server
) -> None:
    process_id = server.start("demo_create_path", [{"path_label": "Harbour-Airport"}])
    connected.on("all", "processes")
    connected.on("list", "processes", "LIST")
    connected.on("one", "processes", process_id)
    connected.on("other", "processes", FOREIGN_ID)
    connected.on("counts", "processStatusCounts")
    eventually(lambda: server.status_of(process_id) == "completed")
    answer = server.http.patch(f"/api/processes/{process_id}", json={"note": "seen"})
    assert answer.status_code < 300, answer.text
    fence(connected, server)

    assert calls_of(connected, "all")[-2:] == [("processes", "LIST"), ("processes", process_id)]
    assert set(calls_of(connected, "all")) == {("processes", "LIST"), ("processes", process_id)}
    assert set(calls_of(connected, "list")) == {("processes", "LIST")}
    assert set(calls_of(connected, "one")) == {("processes", process_id)}
    assert calls_of(connected, "other") == calls_of(connected, "counts") == []


def test_a_frame_without_id_reaches_the_handlers_of_every_id_of_its_type(events_page: EventsPage) -> None:
    listeners = {"all": ["processes"], "one": ["processes", FOREIGN_ID], "list": ["subscriptions", "LIST"]}
    events_page.connect(listeners, position=UNKNOWN_POSITION)

    events_page.told("catching up", "connected")

    assert events_page.calls == [("all", "processes"), ("one", "processes"), ("list", "subscriptions")]


def test_a_handler_that_throws_is_reported_and_stops_neither_the_others_nor_the_client(
    connected: EventsPage, server: Server
) -> None:
    connected.on("bad", "engineStatus", fault="this handler is broken")
    connected.on("good", "engineStatus")

    unlock(server)
    eventually(lambda: calls_of(connected, "good"))
    unlock(server)
    eventually(lambda: len(calls_of(connected, "good")) == 2)

    assert len(calls_of(connected, "bad")) == 2
    assert connected.seen.errors == ["this handler is broken"] * 2
    assert connected.states == ["catching up", "connected"]


def test_a_subscription_that_was_ended_hears_nothing_more_and_the_others_do(
    connected: EventsPage, server: Server
) -> None:
    connected.on("ended", "engineStatus")
    connected.on("kept", "engineStatus")
    connected.stop("ended")

    unlock(server)
    eventually(lambda: calls_of(connected, "kept"))

    assert calls_of(connected, "ended") == []


def test_after_close_no_handler_is_called_and_it_never_connects_again(connected: EventsPage, server: Server) -> None:
    connected.on("closed", "engineStatus")

    connected.close()
    connected.dispatch("online")
    unlock(server)
    bystander = EventsPage(connected.page.context.new_page(), str(server.http.base_url))
    bystander.connect()
    bystander.told("catching up", "connected")
    fence(bystander, server)

    assert connected.calls == []
    assert connected.states == ["catching up", "connected", "offline"]
    assert len(connected.seen.addresses) == 1


def test_frames_that_no_handler_waits_for_move_the_position_all_the_same(connected: EventsPage, server: Server) -> None:
    before = connected.position

    unlock(server)

    eventually(lambda: connected.position != before)
    assert any("engineStatus" in text for text in connected.seen.received)
    assert connected.seen.errors == []
