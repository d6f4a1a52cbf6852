"""The pages of subscriptions and of the engine."""

import pytest
from django.test import Client

from console import engine_pages
from processes.statuses import ProcessStatus
from processes.worker_status import WorkerStatus
from processes.workflow import Target
from settings.operations import set_global_lock
from settings.queries import is_locked
from subscriptions.models import Subscription
from tests.integration.console.pages import send, show
from tests.integration.engine.stored_processes import UNKNOWN_ID, store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import allow, link, store_product, store_subscription


class TestSubscriptions:
    def test_they_are_listed_and_searched(self, client: Client) -> None:
        store_subscription("Plug")
        store_subscription("Cable")

        for path in ("/subscriptions/", "/parts/subscriptions/"):
            assert ("Plug" in show(client, path), "Cable" in show(client, path)) == (True, True)
            assert "Cable" not in show(client, f"{path}?q=Plug")

    def test_an_empty_list_says_what_one_is(self, client: Client) -> None:
        assert "There is no subscription yet." in show(client, "/subscriptions/")

    def test_a_page_behind_the_last_leads_back(self, client: Client) -> None:
        store_subscription("Plug")

        words = show(client, "/subscriptions/?page=99")

        assert ("Nothing here. Show all subscriptions" in words, "no subscription yet" in words) == (True, False)

    @pytest.mark.parametrize("path", ["/subscriptions/", "/parts/subscriptions/"])
    def test_one_shows_what_it_allows_and_what_was_done(self, path: str, client: Client) -> None:
        product = store_product()
        subscription = store_subscription(product=product, insync=False)
        definition = define("change_path", adding("Work"), target=Target.MODIFY)
        task = define("check_path", adding("Look"), target=Target.VALIDATE, is_task=True)
        for each in (definition, task):
            allow(each, product)
        link(store_in_status(definition, ProcessStatus.FAILED), subscription)

        content = client.get(f"{path}{subscription.pk}/").content.decode()

        assert "The subscription is out of sync" in content
        assert f"/start/check_path/?subscription_id={subscription.pk}" in content
        assert f"/start/change_path/?subscription_id={subscription.pk}" not in content
        assert 'data-status="failed"' in content

    def test_it_is_set_in_sync(self, client: Client) -> None:
        subscription = store_subscription(insync=False)

        assert "The subscription is in sync." in send(client, f"/subscriptions/{subscription.pk}/in-sync/")
        assert Subscription.objects.get().insync

    def test_one_with_a_failed_process_is_not(self, client: Client) -> None:
        subscription = store_subscription(insync=False)
        link(store_in_status(define("working", adding("Work")), ProcessStatus.FAILED), subscription)

        assert "has still failed processes" in send(client, f"/subscriptions/{subscription.pk}/in-sync/")
        assert not Subscription.objects.get().insync

    def test_one_that_there_is_not(self, client: Client) -> None:
        assert client.get(f"/subscriptions/{UNKNOWN_ID}/").status_code == 404


class TestEngine:
    def test_it_is_paused_and_started(self, client: Client) -> None:
        assert "Pause the engine" in show(client, "/engine/")

        assert "Start the engine" in send(client, "/engine/lock/", locked="true")
        assert (is_locked(), "paused" in show(client, "/parts/engine-badge/")) == (True, True)

        assert "The engine is running." in send(client, "/engine/lock/", locked="false")
        assert not is_locked()

    def test_its_page_shows_who_works(self, client: Client) -> None:
        for path in ("/engine/", "/parts/engine/"):
            words = show(client, path)
            assert "0 runners" in words
            assert "No runner is online" in words

    @pytest.mark.parametrize(
        ("count", "locked", "said"),
        [
            (1, False, "1 runner 1 process runs 1 waits for a runner"),
            (2, False, "2 runners 2 processes run 2 wait for a runner"),
            (1, True, "1 runner 1 process runs 1 waits for the engine"),
            (2, True, "2 runners 2 processes run 2 wait for the engine"),
        ],
    )
    def test_its_numbers_are_in_words(
        self, count: int, locked: bool, said: str, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        status = WorkerStatus(
            executor_type="celery",
            number_of_workers_online=count,
            number_of_queued_jobs=count,
            number_of_running_jobs=count,
        )
        monkeypatch.setattr(engine_pages, "get_worker_status", lambda: status)
        set_global_lock(locked)

        assert said in show(client, "/engine/")
