"""``GET /api/processes/``: range, sort, filter and ETag (REST contract, section 4)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from processes.models import Process
from processes.statuses import ProcessStatus
from processes.workflow import Target
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Answer, Api, problem

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ask(api: Api, **parameters: str) -> Answer:
    """Ask for the list with these query parameters."""
    return api.get(f"/api/processes/?{urlencode(parameters)}")


def notes(answer: Answer) -> list[str]:
    """Return the notes of the listed processes: the names by which these tests call them."""
    assert answer.status == 200, answer
    return [process["note"] for process in answer.body]


@pytest.fixture
def listed() -> dict[str, Process]:
    """Store four processes, named by their notes, from the oldest (a) to the newest (D)."""
    build = define("build_path", adding("Work"), target=Target.CREATE)
    check = define("check_nodes", adding("Work"), is_task=True, target=Target.SYSTEM)
    stored = {
        "a": store_in_status(build, ProcessStatus.COMPLETED),
        "B": store_in_status(build, ProcessStatus.FAILED),
        "c": store_in_status(check, ProcessStatus.WAITING),
        "D": store_in_status(check, ProcessStatus.RUNNING),
    }
    creators = {"a": "jane", "B": "Jane", "c": "SYSTEM", "D": "bob"}
    for age, (note, process) in enumerate(reversed(stored.items())):
        process.note, process.created_by = note, creators[note]
        process.started_at = NOON - timedelta(hours=age)
        process.last_modified_at = NOON + timedelta(hours=age)
        process.save()
    return stored


def test_an_element_is_the_process_object_without_what_only_the_detail_has(
    listed: dict[str, Process], api: Api
) -> None:
    process = listed["B"]

    (element,) = ask(api, filter="note,B").body

    assert element == {
        "process_id": str(process.pk),
        "workflow_id": str(process.workflow_id),
        "workflow_name": "build_path",
        "is_task": False,
        "created_by": "Jane",
        "failed_reason": "disk full",
        "started_at": process.started_at.timestamp(),
        "last_status": "failed",
        "last_step": "Work",
        "assignee": "SYSTEM",
        "last_modified_at": process.last_modified_at.timestamp(),
        "traceback": "ValueError: disk full\n",
        "product_id": None,
        "customer_id": None,
        "workflow_target": "CREATE",
        "subscriptions": [],
        "current_state": None,
        "steps": None,
        "form": None,
        "note": "B",
    }
    assert isinstance(element["started_at"], float)


def test_without_processes_the_list_is_empty(api: Api) -> None:
    answer = ask(api)

    assert (answer.status, answer.body) == (200, [])
    assert answer.headers["ETag"] == 'W/"0x0"'


class TestRange:
    @pytest.mark.parametrize(
        ("range_", "expected"),
        [
            ("0,2", ["D", "c"]),
            ("1,3", ["c", "B"]),
            ("2,25", ["B", "a"]),
            ("3,4", ["a"]),
            ("4,25", []),
            ("100,200", []),
        ],
    )
    def test_rows_from_start_to_before_end_are_listed(
        self, range_: str, expected: list[str], listed: dict[str, Process], api: Api
    ) -> None:
        answer = ask(api, range=range_)

        assert notes(answer) == expected
        assert answer.headers["Content-Range"] == f"processes {range_.replace(',', '-')}/4"

    def test_content_range_counts_what_the_filter_matches(self, listed: dict[str, Process], api: Api) -> None:
        answer = ask(api, range="0,1", filter="isTask,true")

        assert answer.headers["Content-Range"] == "processes 0-1/2"

    def test_content_range_has_the_numbers_as_asked_however_large(self, listed: dict[str, Process], api: Api) -> None:
        answer = ask(api, range="0,99999999999")

        assert len(answer.body) == 4
        assert answer.headers["Content-Range"] == "processes 0-99999999999/4"

    @pytest.mark.parametrize("range_", ["", "5", "0,1,2", "nonsense"])
    def test_what_is_not_two_values_is_ignored(self, range_: str, listed: dict[str, Process], api: Api) -> None:
        assert notes(ask(api, range=range_)) == ["D", "c", "B", "a"]

    @pytest.mark.parametrize("range_", ["5,5", "6,5"])
    def test_a_start_that_is_not_lower_than_the_end_is_refused(self, range_: str, api: Api) -> None:
        answer = ask(api, range=range_)

        assert answer.status == 400
        assert answer.body == problem(400, "Bad Request", "range start must be lower than end")

    @pytest.mark.parametrize(
        "range_", ["a,b", "0,b", "-1,5", "0,-1", "1.5,2", ",", "0,1e3", "\u0660,\u0665", "0," + "9" * 5000]
    )
    def test_what_is_not_two_natural_numbers_is_refused(self, range_: str, api: Api) -> None:
        answer = ask(api, range=range_)

        assert answer.status == 400
        assert answer.body == problem(400, "Bad Request", "Invalid range arguments")


class TestSort:
    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            pytest.param("note,asc", ["a", "B", "c", "D"], id="text, whatever its case"),
            pytest.param("note,desc", ["D", "c", "B", "a"], id="descending"),
            pytest.param("note,DESC", ["D", "c", "B", "a"], id="direction in capitals"),
            pytest.param("startedAt,asc", ["a", "B", "c", "D"], id="camelCase"),
            pytest.param("started_at,asc", ["a", "B", "c", "D"], id="snake_case"),
            pytest.param("lastModifiedAt,asc", ["D", "c", "B", "a"], id="by change"),
            pytest.param("isTask,desc,note,asc", ["c", "D", "a", "B"], id="two fields"),
            pytest.param("workflowName,desc,startedAt,asc", ["c", "D", "a", "B"], id="workflow name"),
            pytest.param("workflowTarget,asc,startedAt,desc", ["B", "a", "D", "c"], id="workflow target"),
            pytest.param("createdBy,asc,note,desc", ["D", "B", "a", "c"], id="equal but for case"),
            pytest.param("note", ["D", "c", "B", "a"], id="no direction: ignored"),
            pytest.param("", ["D", "c", "B", "a"], id="newest first by default"),
        ],
    )
    def test_rows_come_in_the_order_asked_for(
        self, sort: str, expected: list[str], listed: dict[str, Process], api: Api
    ) -> None:
        assert notes(ask(api, sort=sort)) == expected

    def test_equal_rows_come_in_the_order_of_their_ids(self, listed: dict[str, Process], api: Api) -> None:
        answer = ask(api, sort="assignee,asc")

        ids = [UUID(process["process_id"]) for process in answer.body]
        assert ids == sorted(ids)

    def test_every_field_of_the_contract_sorts(self, listed: dict[str, Process], api: Api) -> None:
        fields = """assignee createdBy failedReason isTask lastModifiedAt lastStatus lastStep note processId startedAt
            traceback workflowId created_by failed_reason is_task last_modified_at last_status last_step process_id
            started_at workflow_id workflowName workflowTarget subscriptions productName productTag productType
            productDescription productStatus productId productCreatedAt productEndDate"""

        answer = ask(api, sort=",".join(f"{field},asc" for field in fields.split()))

        assert sorted(notes(answer)) == ["B", "D", "a", "c"]

    @pytest.mark.parametrize(
        "sort", ["nope,asc", "note,up", "note,asc,startedAt", "note,asc,nope,desc", ",asc", "lease_token,asc", ","]
    )
    def test_anything_else_is_refused(self, sort: str, api: Api) -> None:
        answer = ask(api, sort=sort)

        assert answer.status == 400
        assert answer.body == problem(400, "Bad Request", "Invalid sort arguments")


class TestFilter:
    @pytest.mark.parametrize(
        ("filter_", "expected"),
        [
            pytest.param("", "DcBa", id="empty: everything"),
            pytest.param("isTask,true", "Dc", id="boolean"),
            pytest.param("isTask,FALSE", "Ba", id="boolean, any case"),
            pytest.param("is_task,false", "Ba", id="snake_case"),
            pytest.param("isTask,maybe", "", id="neither true nor false"),
            pytest.param("lastStatus,failed-waiting", "cB", id="alternatives with a hyphen"),
            pytest.param("lastStatus,failed|waiting", "cB", id="alternatives with a bar"),
            pytest.param("lastStatus,FAILED", "B", id="status, any case"),
            pytest.param("lastStatus,fail", "", id="only whole values match"),
            pytest.param("lastStatus,!failed-waiting", "Da", id="negated"),
            pytest.param("isTask,true,lastStatus,failed-waiting", "c", id="two fields are ANDed"),
            pytest.param("lastStatus,failed,lastStatus,waiting", "", id="the same field twice is ANDed"),
            pytest.param("lastStatus,-failed-", "B", id="empty alternatives are dropped"),
            pytest.param("createdBy,JANE", "Ba", id="text, any case"),
            pytest.param("workflowName,check_nodes", "Dc", id="workflow name"),
            pytest.param("target,create", "Ba", id="target"),
            pytest.param("failedReason,!disk full", "Da", id="null counts as empty text"),
            pytest.param("failedReason,disk full", "cB", id="text with a blank"),
            pytest.param("assignee,SYSTEM", "DcBa", id="assignee"),
            pytest.param("lastStep,work", "cB", id="last step"),
            pytest.param("processId,nope", "", id="what is no UUID matches nothing"),
        ],
    )
    def test_only_what_matches_is_listed(
        self, filter_: str, expected: str, listed: dict[str, Process], api: Api
    ) -> None:
        assert "".join(notes(ask(api, filter=filter_))) == expected

    @pytest.mark.parametrize("field", ["processId", "process_id"])
    def test_a_uuid_matches_whole_with_its_hyphens(self, field: str, listed: dict[str, Process], api: Api) -> None:
        assert notes(ask(api, filter=f"{field},{listed['B'].pk}")) == ["B"]

    def test_two_uuids_are_alternatives_at_a_bar(self, listed: dict[str, Process], api: Api) -> None:
        ids = f"{listed['B'].pk}|{str(listed['D'].pk).upper()}"

        assert notes(ask(api, filter=f"processId,{ids}")) == ["D", "B"]

    @pytest.mark.parametrize(
        ("comparison", "expected"), [(">=", "Dc"), (">", "D"), ("<=", "cBa"), ("<", "Ba"), ("", "c")]
    )
    def test_a_datetime_may_be_compared(
        self, comparison: str, expected: str, listed: dict[str, Process], api: Api
    ) -> None:
        value = f"{comparison}2026-03-02T11:00:00+00:00"

        assert "".join(notes(ask(api, filter=f"startedAt,{value}"))) == expected

    def test_every_field_of_the_contract_filters(self, listed: dict[str, Process], api: Api) -> None:
        fields = """assignee created_by failed_reason is_task last_modified_at last_status last_step note process_id
            started_at traceback workflow_id customer product product_description tag subscription_id target
            workflow_name createdBy failedReason isTask lastModifiedAt lastStatus lastStep processId startedAt
            workflowId productDescription subscriptionId workflowName"""

        answer = ask(api, filter=",".join(f"{field},nothing" for field in fields.split()))

        assert notes(answer) == []

    @pytest.mark.parametrize(
        ("filter_", "detail"),
        [
            pytest.param("note", "Invalid number of filter arguments", id="field without value"),
            pytest.param("note,a,lastStatus", "Invalid number of filter arguments", id="second without value"),
            pytest.param("nope,a", "400: Invalid filter arguments", id="unknown field"),
            pytest.param("status,failed", "400: Invalid filter arguments", id="there is no status"),
            pytest.param("workflow,x", "400: Invalid filter arguments", id="there is no workflow"),
            pytest.param("lease_token,x", "400: Invalid filter arguments", id="a column that is not shown"),
            pytest.param("note,", "Invalid filter arguments", id="empty value"),
            pytest.param("note,!", "Invalid filter arguments", id="empty negated value"),
        ],
    )
    def test_anything_else_is_refused(self, filter_: str, detail: str, api: Api) -> None:
        answer = ask(api, filter=filter_)

        assert (answer.status, answer.body) == (400, problem(400, "Bad Request", detail))

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param("a\0b", id="NUL"),
            pytest.param("\uffff", id="no character"),
            pytest.param("%", id="percent"),
            pytest.param("_", id="underscore"),
            pytest.param("a" * 60_000, id="long"),
            pytest.param("9999-99-99T00:00:00Z", id="no date"),
            pytest.param(">", id="only a comparison"),
        ],
    )
    @pytest.mark.parametrize("field", ["note", "startedAt", "processId"])
    def test_a_value_that_nothing_can_have_matches_nothing(
        self, field: str, value: str, listed: dict[str, Process], api: Api
    ) -> None:
        assert notes(ask(api, filter=f"{field},{value}")) == []


class TestETag:
    def test_the_etag_is_a_weak_crc_and_stays_while_nothing_changes(self, listed: dict[str, Process], api: Api) -> None:
        first, second = (ask(api).headers["ETag"] for _ in range(2))

        assert re.fullmatch(r'W/"0x[0-9a-f]{1,8}"', first)
        assert first == second

    @pytest.mark.parametrize(
        "spell",
        [
            pytest.param(lambda etag: etag, id="weak"),
            pytest.param(lambda etag: etag.removeprefix("W/"), id="strong"),
            pytest.param(lambda etag: etag.removeprefix("W/").strip('"'), id="bare"),
        ],
    )
    def test_a_client_that_has_the_rows_gets_304(self, spell: Any, listed: dict[str, Process], api: Api) -> None:
        path = "/api/processes/?range=0,2"
        first = api.get(path)

        answer = api.get(path, if_none_match=spell(first.headers["ETag"]))

        assert answer.status == 304
        assert answer.headers["ETag"] == first.headers["ETag"]
        assert answer.headers["Content-Range"] == "processes 0-2/4"

    def test_another_etag_gets_the_rows(self, listed: dict[str, Process], api: Api) -> None:
        answer = api.get("/api/processes/", if_none_match='W/"0x1"')

        assert len(answer.body) == 4

    def test_a_change_of_a_row_changes_the_etag(self, listed: dict[str, Process], api: Api) -> None:
        before = ask(api).headers["ETag"]
        api.patch(f"/api/processes/{listed['a'].pk}", {"note": "new"})

        answer = api.get("/api/processes/", if_none_match=before)

        assert answer.status == 200
        assert answer.headers["ETag"] != before

    def test_another_order_has_another_etag(self, listed: dict[str, Process], api: Api) -> None:
        assert ask(api, sort="note,asc").headers["ETag"] != ask(api, sort="note,desc").headers["ETag"]
