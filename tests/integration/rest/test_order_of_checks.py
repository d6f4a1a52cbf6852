"""Of several faults in one request the first in the contract's order is answered (REST contract, section 1)."""

from collections.abc import Callable

import pytest

from processes.statuses import ProcessStatus
from processes.workflow import AuthContext, PredicateContext, RunPredicateFail
from tests.integration.engine.stored_processes import UNKNOWN_ID, lock_engine, store_in_status
from tests.integration.engine.throwaway_workflows import ask_ticket, define
from tests.integration.rest.api import Api

LOCKED = "Engine is locked cannot accept changes on processes at this time"
NOT_FOUND = f"Process with process_id {UNKNOWN_ID} not found"
COMPLETED = "Resuming a completed workflow is not possible"


def never(context: AuthContext) -> bool:
    return False


def not_now(context: PredicateContext) -> RunPredicateFail:
    return RunPredicateFail("Not on Sundays")


# The order: not JSON 422, locked 503, malformed path or body 422, unknown 404, not authorized 403, wrong status 409,
# start predicate 412, form 400.
# DONE stands for a completed process, UNKNOWN for no process.
CASES = [
    #  method  path                         body         locked  status  type of the first fault, or detail
    ("POST", "/api/processes/checked", "{", True, 422, "json_invalid"),
    ("POST", "/api/processes/nonesuch", "{", False, 422, "json_invalid"),
    ("POST", "/api/processes/checked", "5", True, 503, LOCKED),
    ("POST", "/api/processes/nonesuch", "[{}]", True, 503, LOCKED),
    ("POST", "/api/processes/nonesuch", "{}", False, 422, "list_type"),
    ("POST", "/api/processes/nonesuch", "[5]", False, 422, "dict_type"),
    ("POST", "/api/processes/nonesuch", "[{}]", False, 404, "Workflow does not exist"),
    ("PUT", "/api/processes/nope/resume", "{", True, 422, "json_invalid"),
    ("PUT", "/api/processes/nope/resume", "5", True, 503, LOCKED),
    ("PUT", "/api/processes/UNKNOWN/resume", "[]", True, 503, LOCKED),
    ("PUT", "/api/processes/DONE/resume", "[]", True, 503, LOCKED),
    ("PUT", "/api/processes/nope/resume", "[]", False, 422, "uuid_parsing"),
    ("PUT", "/api/processes/UNKNOWN/resume", "5", False, 422, "list_type"),
    ("PUT", "/api/processes/UNKNOWN/resume", '[{"x":1}]', False, 404, NOT_FOUND),
    ("PUT", "/api/processes/DONE/resume", "[5]", False, 422, "dict_type"),
    ("PUT", "/api/processes/DONE/resume", '[{"x":1}]', False, 409, COMPLETED),
    ("POST", "/api/processes/forbidden", "5", False, 422, "list_type"),
    ("POST", "/api/processes/forbidden", "[{}]", False, 403, "User is not authorized to start 'forbidden' workflow"),
    ("POST", "/api/processes/untimely", '[{"x":1}]', False, 412, "Not on Sundays"),
    ("POST", "/api/processes/DONE/callback/t", "{", True, 422, "json_invalid"),
    ("POST", "/api/processes/nope/callback/t", "5", True, 503, LOCKED),
    ("POST", "/api/processes/nope/callback/t", "{}", False, 422, "uuid_parsing"),
    ("POST", "/api/processes/UNKNOWN/callback/t", "[]", False, 422, "dict_type"),
    ("POST", "/api/processes/UNKNOWN/callback/t", "{}", False, 404, NOT_FOUND),
    ("POST", "/api/processes/DONE/callback/t", "{}", False, 409, "This process is not in an awaiting state."),
    ("POST", "/api/processes/DONE/callback/t/progress", '"x"', True, 503, LOCKED),
    ("POST", "/api/processes/UNKNOWN/callback/t/progress", "5", False, 422, "string_type"),
    ("POST", "/api/processes/DONE/callback/t/progress", "{}", False, 409, "This process is not in an awaiting state."),
    ("PUT", "/api/processes/nope/abort", "", True, 422, "uuid_parsing"),
    ("PUT", "/api/processes/UNKNOWN/abort", "", True, 404, NOT_FOUND),
    ("PATCH", "/api/processes/nope", "{", True, 422, "json_invalid"),
    ("PATCH", "/api/processes/nope", '{"note":1}', True, 422, "uuid_parsing"),
    ("PATCH", "/api/processes/UNKNOWN", '{"note":1}', True, 422, "string_type"),
    ("DELETE", "/api/processes/nope", "", True, 422, "uuid_parsing"),
    ("DELETE", "/api/processes/UNKNOWN", "", True, 404, "Not Found"),
    ("DELETE", "/api/processes/DONE", "", True, 400, "Bad Request"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]} {case[2]}{' locked' * case[3]}")
def test_the_first_fault_in_order_is_answered(
    case: tuple[str, str, str, bool, int, str], api: Api, recorded: Callable[[], str]
) -> None:
    method, path, body, locked, status, first = case
    definition = define("checked", ask_ticket)
    done = store_in_status(definition, ProcessStatus.COMPLETED)
    define("forbidden", ask_ticket, authorize_callback=never, run_predicate=not_now)
    define("untimely", ask_ticket, run_predicate=not_now)
    if locked:
        lock_engine()

    answer = api.send(method, path.replace("DONE", str(done.pk)).replace("UNKNOWN", str(UNKNOWN_ID)), raw=body)

    detail = answer.body["detail"]
    assert (answer.status, detail[0]["type"] if isinstance(detail, list) else detail) == (status, first)
    assert recorded() == ""
