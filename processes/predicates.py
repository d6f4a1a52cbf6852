"""Run predicates that look at other processes."""

from processes.models import Process
from processes.statuses import ENDED
from processes.workflow import PredicateContext, RunPredicateFail, RunPredicatePass, RunPredicateResult


def no_uncompleted_instance(context: PredicateContext) -> RunPredicateResult:
    """Refuse a start while another process of the workflow is neither completed nor aborted.

    Of two starts at once both may pass.
    """
    count = Process.objects.filter(workflow__name=context.workflow_key).exclude(last_status__in=ENDED).count()
    if count:
        return RunPredicateFail(f"{count} processes of '{context.workflow_key}' are not completed")
    return RunPredicatePass()
