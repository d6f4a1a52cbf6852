"""What people do in the Orchestrator UI: nothing is loaded again, and nothing is reported to the console."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.orchestrator_ui.ui_pages import UiPage
from tests.browser.restarts import RestartableServer
from tests.functional.gates import Gates
from tests.servers import Server, manage
from tests.waiting import eventually

CARDS = {
    "Total active workflows": "1",
    "Total failed tasks": "1",
    "Total active out-of-sync subscriptions": "0",
    "Total active subscriptions": "1",
    "Total number of products": "1",
}
PRODUCT_ID = "2f1c7b1e-8a55-4c7e-9a0d-5b6f3e2d7c10"
PING_SECONDS = 30

Open = Callable[[str], UiPage]


def reaches(server: Server, process_id: str, status: str) -> None:
    eventually(lambda: server.status_of(process_id) == status)


def set_lock(server: Server, lock: bool) -> None:
    assert server.http.put("/api/settings/status", json={"global_lock": lock}).status_code == 200


def test_every_card_of_the_start_page_has_its_number(
    environment: dict[str, str], server: Server, open_ui: Open, gates: Gates
) -> None:
    manage("create_demo_product", **environment)
    reaches(server, server.start("demo_confirm_change"), "suspended")
    reaches(server, server.start("gated_task", gates.pages), "failed")
    ordered = server.start("demo_order_port", [{"product": PRODUCT_ID}, {"customer_id": "jane", "gbit": 100}])
    reaches(server, ordered, "completed")

    ui = open_ui("/")

    for title, number in CARDS.items():
        expect(ui.card(title)).to_have_text(number)
    ui.is_right()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/workflows", "Edit columns"),
        ("/tasks", "New task"),
        ("/workflows/new/demo_create_path", "Order path"),
        ("/tasks/new/demo_task_compare_inventory", "Start task"),
        ("/settings", "Pause workflow engine"),
        ("/settings?activeTab=ENV_SETTINGS", "EXECUTOR=threadpool"),
    ],
)
def test_a_page_shows_what_it_is_for(path: str, text: str, open_ui: Open) -> None:
    ui = open_ui(path)

    expect(ui.page.get_by_text(text).first).to_be_visible()
    ui.is_right()


def test_a_list_follows_a_process_that_starts_elsewhere(server: Server, open_ui: Open, gates: Gates) -> None:
    ui = open_ui("/workflows")

    process_id = server.start("held", gates.pages)

    expect(ui.row(process_id)).to_contain_text("running")
    gates.open(1)
    expect(ui.row(process_id)).to_contain_text("Hold 1")
    gates.open(2)
    expect(ui.row(process_id)).to_have_count(0)
    ui.is_right()


def test_the_steps_of_a_process_tick_while_it_runs(server: Server, open_ui: Open, gates: Gates) -> None:
    process_id = server.start("held", gates.pages)
    ui = open_ui(f"/workflows/{process_id}")
    ui.shows("RUNNING")

    for number in (1, 2):
        gates.open(number)

    ui.shows("COMPLETED")
    expect(ui.page.get_by_text("success - ")).to_have_count(3)
    ui.is_right()


def test_a_process_is_started_and_resumed_by_forms_that_say_what_is_wrong(server: Server, open_ui: Open) -> None:
    ui = open_ui("/workflows/new/build_between")

    ui.fill("node", "edge-8")
    ui.submit()
    expect(ui.page.get_by_text("edge-8 is no node")).to_be_visible()
    ui.fill("node", "edge-7")
    ui.submit()
    ui.fill("gbit", "100")
    ui.submit()

    ui.shows("SUSPENDED")
    ui.fill("spare_node", "edge-9")
    ui.submit()
    expect(ui.page.get_by_text("edge-9 is no node")).to_be_visible()
    ui.fill("spare_node", "edge-7")
    ui.submit()

    ui.shows("COMPLETED")
    (process,) = server.http.get("/api/processes/").json()
    state = server.http.get(f"/api/processes/{process['process_id']}").json()["current_state"]
    assert state["built"] == "edge-7 and edge-7 at 100G"
    ui.is_right()


def test_a_failing_task_raises_the_badge_and_its_retry_lowers_it(server: Server, open_ui: Open, gates: Gates) -> None:
    ui = open_ui("/tasks")
    ui.shows_failed_tasks(0)

    process_id = server.start("gated_task", gates.pages)
    ui.shows_failed_tasks(1)
    ui.row(process_id).get_by_role("link").first.click()
    ui.shows("FAILED")

    gates.open(1)
    ui.confirm("Retry")

    ui.shows_failed_tasks(0)
    ui.shows("COMPLETED")
    ui.is_right()


def test_all_tasks_are_retried_and_one_is_deleted(server: Server, open_ui: Open, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("mended", "broken")]
    for folder in folders:
        folder.mkdir()
    mended, broken = map(Gates, folders)
    ids = [server.start("gated_task", gates.pages) for gates in (mended, broken)]
    for process_id in ids:
        reaches(server, process_id, "failed")
    ui = open_ui("/tasks")
    ui.shows_failed_tasks(2)

    mended.open(1)
    ui.confirm("Re-try all tasks")
    ui.shows_failed_tasks(1)
    expect(ui.row(ids[0])).to_have_count(0)
    ui.row(ids[1]).get_by_role("link").first.click()
    ui.shows("FAILED")
    ui.confirm("Delete")

    ui.shows_failed_tasks(0)
    assert server.http.get(f"/api/processes/{ids[1]}").status_code == 404
    ui.is_right()


def test_a_process_that_runs_is_aborted(server: Server, open_ui: Open, gates: Gates) -> None:
    process_id = server.start("held", gates.pages)
    gates.wait_until_reached(1)
    ui = open_ui(f"/workflows/{process_id}")

    ui.confirm("Abort")
    ui.page.get_by_role("tab", name="Completed").click()

    expect(ui.row(process_id)).to_contain_text("aborted")
    gates.open(1)
    ui.is_right()


def test_a_subscription_is_ordered_by_the_menu(environment: dict[str, str], server: Server, open_ui: Open) -> None:
    manage("create_demo_product", **environment)
    ui = open_ui("/")
    expect(ui.card("Total active subscriptions")).to_have_text("0")

    ui.page.get_by_role("button", name="New subscription").click()
    ui.page.get_by_text("Demo port").last.click()
    ui.shows("Order Demo port")
    ui.fill("customer_id", "jane")
    ui.submit()
    ui.shows("COMPLETED")
    ui.shows("Port 10G")
    ui.page.get_by_role("link", name="Start", exact=True).first.click()

    expect(ui.card("Total active subscriptions")).to_have_text("1")
    ui.is_right()


def test_the_badge_follows_the_engine(server: Server, open_ui: Open, gates: Gates) -> None:
    process_id = server.start("held", gates.pages)
    gates.wait_until_reached(1)
    ui = open_ui(f"/workflows/{process_id}")

    set_lock(server, True)
    ui.shows_engine("PAUSING")
    gates.open(1)
    ui.shows_engine("PAUSED")
    set_lock(server, False)
    ui.shows_engine("RUNNING")

    gates.open(2)
    ui.shows("COMPLETED")
    ui.is_right()


def test_the_engine_is_paused_and_started_on_the_settings_page(server: Server, open_ui: Open) -> None:
    ui = open_ui("/settings")

    ui.page.get_by_text("Pause workflow engine").click()
    ui.shows_engine("PAUSED")
    assert server.http.get("/api/settings/status").json()["global_status"] == "PAUSED"
    ui.page.get_by_text("Start workflow engine").click()

    ui.shows_engine("RUNNING")
    ui.is_right()


def test_a_click_on_the_badge_makes_everything_right_once_the_server_is_back(
    backend: RestartableServer, open_ui: Open
) -> None:
    ui = open_ui("/workflows")

    backend.kill()
    badge = ui.page.locator(".euiHeader").get_by_label("undefined")
    expect(badge).to_be_visible()
    process_id = backend.start().start("demo_confirm_change")
    badge.click()

    expect(ui.row(process_id)).to_contain_text("suspended")
    ui.is_connected()
    ui.was_loaded_once()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_page_that_nobody_uses_for_two_minutes_is_still_connected(server: Server, open_ui: Open) -> None:
    ui = open_ui("/workflows")

    ui.hears_pongs(4, ping_seconds=PING_SECONDS)

    assert len(ui.sockets) == 1
    process_id = server.start("demo_confirm_change")
    expect(ui.row(process_id)).to_contain_text("suspended")
    ui.is_right()
