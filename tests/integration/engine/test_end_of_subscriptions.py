"""A process that ends makes its subscriptions stale, in the transaction that ends it and nowhere else."""

from collections.abc import Callable, Generator
from typing import Any
from uuid import uuid4

import pytest
from pydantic_forms.core import FormPage

from processes import operations
from processes.relations import relate_subscription
from processes.statuses import ProcessStatus
from processes.workflow import State, Step, retrystep, step
from subscriptions.models import Subscription
from tests.integration.engine.stored_processes import settled, store_in_status
from tests.integration.engine.throwaway_workflows import adding, ask_ticket, define, raising
from tests.integration.subscriptions.stored_subscriptions import link, store_subscription


def relating(subscription: Subscription) -> Step:
    """Return a step that relates the process to the subscription."""

    @step("Relate")
    def relate(process_id: Any) -> None:
        relate_subscription(process_id, subscription.pk)

    return relate


@retrystep("Wait")
def wait() -> None:
    """Fail for now."""
    raise ConnectionError


@pytest.mark.parametrize(
    ("last", "status", "frames"),
    [
        pytest.param(adding("Work"), ProcessStatus.COMPLETED, "L I L I L I L I L I L I L I Sa Sl Si", id="completed"),
        pytest.param(
            raising("Work", ValueError), ProcessStatus.FAILED, "L I L I L I L I L I L I Sa Sl Si C", id="failed"
        ),
        pytest.param(ask_ticket, ProcessStatus.SUSPENDED, "L I L I L I L I L I L I", id="suspended"),
        pytest.param(wait, ProcessStatus.WAITING, "L I L I L I L I L I L I", id="waiting"),
    ],
)
def test_a_run_tells_of_its_subscriptions_only_at_its_end(
    last: Step, status: ProcessStatus, frames: str, executor: str, recorded: Callable[[], str]
) -> None:
    define("related", relating(store_subscription()), adding("Between"), last)

    process_id = operations.start_process("related", [{}], "SYSTEM")

    settled(process_id, status)
    assert recorded() == frames


def test_an_abort_tells_of_each_subscription(recorded: Callable[[], str]) -> None:
    process = store_in_status(define("related", adding("Work")), ProcessStatus.SUSPENDED)
    link(process, store_subscription("one"), store_subscription("two"))

    operations.abort_process(process.pk, "SYSTEM")

    assert recorded() == "L I Sa Sl Si Si C"


def test_an_end_without_subscriptions_tells_of_none(recorded: Callable[[], str]) -> None:
    process = store_in_status(define("unrelated", adding("Work")), ProcessStatus.SUSPENDED)

    operations.abort_process(process.pk, "SYSTEM")

    assert recorded() == "L I C"


@pytest.mark.parametrize(
    ("named", "related"),
    [
        pytest.param(lambda subscription: subscription.pk, True, id="a subscription"),
        pytest.param(lambda subscription: uuid4(), False, id="none that exists"),
        pytest.param(lambda subscription: "the first one", False, id="no id"),
    ],
)
@pytest.mark.parametrize("is_task", [False, True], ids=["process", "task"])
def test_a_process_that_names_a_subscription_at_its_start_works_on_it(
    named: Callable[[Subscription], Any], related: bool, is_task: bool
) -> None:
    subscription = store_subscription()

    def form() -> Generator[type[FormPage], Any, State]:
        yield FormPage
        return {"subscription_id": named(subscription)}

    define("named", ask_ticket, form=form, is_task=is_task)

    process_id = operations.start_process("named", [{}], "SYSTEM")

    expected = [subscription] if related and not is_task else []
    assert list(Subscription.objects.filter(process_links__process=process_id)) == expected
