"""Run predicates that look at other processes."""

import pytest

from processes.predicates import no_uncompleted_instance
from processes.statuses import ProcessStatus
from processes.workflow import PredicateContext, RunPredicateFail, RunPredicatePass
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define

ENDED = {ProcessStatus.COMPLETED, ProcessStatus.ABORTED}


@pytest.mark.parametrize("status", list(ProcessStatus))
def test_a_workflow_starts_only_when_every_process_of_it_is_completed_or_aborted(status: ProcessStatus) -> None:
    definition = define("single", adding("Work"))
    store_in_status(definition, status)

    answer = no_uncompleted_instance(PredicateContext(definition, "single"))

    assert isinstance(answer, RunPredicatePass) == (status in ENDED)


def test_processes_of_other_workflows_do_not_matter_and_the_refusal_says_how_many_there_are() -> None:
    definition, other = define("single", adding("Work")), define("other", adding("Work"))
    store_in_status(other, ProcessStatus.RUNNING)
    context = PredicateContext(definition, "single")

    before = no_uncompleted_instance(context)
    for _ in range(2):
        store_in_status(definition, ProcessStatus.FAILED)

    assert before == RunPredicatePass()
    assert no_uncompleted_instance(context) == RunPredicateFail("2 processes of 'single' are not completed")
