"""The list's query language: how range, sort and filter are parsed, and what is refused."""

from typing import Any

import pytest
from django.db.models import F, Q
from django.db.models.functions import Lower

from orchestrator_ws.errors import BadRequestError
from orchestrator_ws.list_query import MATCH_NOTHING, ListQuery, parse_list_query
from processes.list_query import PROCESS_FIELDS

PID = "5d0b7c1e-2f64-4a19-9c3a-7be1d20f4a01"


def parse(range_: str | None = None, sort: str | None = None, filter_: str | None = None) -> ListQuery:
    given = {"range": range_, "sort": sort, "filter": filter_}
    return parse_list_query(PROCESS_FIELDS, {name: text for name, text in given.items() if text is not None})


def condition(filter_: str) -> Q:
    return parse(filter_=filter_).condition


class TestRange:
    @pytest.mark.parametrize(
        ("text", "rows"),
        [
            ("0,25", (0, 25)),
            ("5,6", (5, 6)),
            (" 5 , 10 ", (5, 10)),
            ("0,9999999999", (0, 9999999999)),
            ("5000000000,6000000000", (5000000000, 6000000000)),
        ],
    )
    def test_two_numbers_are_kept_as_asked(self, text: str, rows: tuple[int, int]) -> None:
        query = parse(range_=text)
        assert (query.start, query.end) == rows

    @pytest.mark.parametrize("text", [None, "", "5", "1,2,3", "x"])
    def test_anything_but_two_values_is_ignored(self, text: str | None) -> None:
        query = parse(range_=text)
        assert (query.start, query.end) == (None, None)

    @pytest.mark.parametrize(
        "text", ["a,b", "0,x", "-1,5", "0,-5", "0.5,2", ",", "0,", ",5", "1e1,20", "\u0660,\u0665"]
    )
    def test_what_is_no_row_number_is_refused(self, text: str) -> None:
        with pytest.raises(BadRequestError, match=r"^Invalid range arguments$"):
            parse(range_=text)

    @pytest.mark.parametrize("text", ["5,5", "6,5"], ids=["equal", "reversed"])
    def test_a_range_without_rows_is_refused(self, text: str) -> None:
        with pytest.raises(BadRequestError, match=r"^range start must be lower than end$"):
            parse(range_=text)


class TestSort:
    @pytest.mark.parametrize("text", [None, "", "startedAt"], ids=["absent", "empty", "single-word"])
    def test_the_newest_come_first_by_default(self, text: str | None) -> None:
        assert parse(sort=text).order == ["-started_at", "process_id"]

    @pytest.mark.parametrize(
        ("text", "order"),
        [
            pytest.param("startedAt,asc", [F("started_at").asc()], id="date"),
            pytest.param("lastModifiedAt,desc", [F("last_modified_at").desc()], id="descending"),
            pytest.param("last_modified_at,DESC", [F("last_modified_at").desc()], id="snake-case-and-capitals"),
            pytest.param("isTask,Asc", [F("is_task").asc()], id="boolean"),
            pytest.param("lastStep,asc", [Lower("last_step").asc()], id="text-in-any-case"),
            pytest.param("workflowName,desc", [Lower("workflow__name").desc()], id="workflow-name"),
            pytest.param("workflowTarget,asc", [Lower("workflow__target").asc()], id="workflow-target"),
            pytest.param(
                "lastStatus,asc,startedAt,desc", [F("last_status").asc(), F("started_at").desc()], id="two-fields"
            ),
        ],
    )
    def test_fields_sort_in_the_order_given_and_the_id_comes_last(self, text: str, order: list[Any]) -> None:
        assert parse(sort=text).order == [*order, "process_id"]

    @pytest.mark.parametrize(
        "field",
        [
            "assignee",
            "createdBy",
            "failedReason",
            "note",
            "processId",
            "traceback",
            "workflowId",
            "created_by",
            "workflow_id",
        ],
    )
    def test_every_own_field_is_known(self, field: str) -> None:
        assert len(parse(sort=f"{field},asc").order) == 2

    @pytest.mark.parametrize(
        "field",
        [
            "subscriptions",
            "productName",
            "productTag",
            "productType",
            "productDescription",
            "productStatus",
            "productId",
            "productCreatedAt",
            "productEndDate",
        ],
    )
    def test_every_field_of_subscriptions_is_known(self, field: str) -> None:
        assert parse(sort=f"{field},asc,startedAt,asc").order[1:] == [F("started_at").asc(), "process_id"]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("nope,asc", id="unknown-field"),
            pytest.param("startedAt,asc,nope,asc", id="second-field-unknown"),
            pytest.param("startedAt,up", id="bad-direction"),
            pytest.param("productName,up", id="bad-direction-of-a-subscription-field"),
            pytest.param("startedAt,", id="empty-direction"),
            pytest.param("startedAt,asc,lastStep", id="odd-number"),
            pytest.param("workflow_name,asc", id="camel-case-only"),
            pytest.param("product_name,asc", id="subscription-field-camel-case-only"),
            pytest.param("lease_token,asc", id="column-that-is-no-field"),
            pytest.param(",asc", id="empty-field"),
        ],
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(BadRequestError, match=r"^Invalid sort arguments$"):
            parse(sort=text)


class TestFilter:
    @pytest.mark.parametrize("text", [None, ""], ids=["absent", "empty"])
    def test_without_filter_everything_matches(self, text: str | None) -> None:
        assert parse(filter_=text).condition == Q()

    @pytest.mark.parametrize(
        ("text", "same"),
        [
            pytest.param("lastStatus,failed", "last_status,failed", id="camel-and-snake-case"),
            pytest.param("workflowName,x", "workflow_name,x", id="workflow-name"),
            pytest.param("lastStatus,failed-waiting", "lastStatus,failed|waiting", id="both-separators"),
            pytest.param("lastStatus,-failed--waiting|", "lastStatus,failed-waiting", id="empty-parts"),
            pytest.param("isTask,TRUE", "isTask,true", id="boolean-in-any-case"),
            pytest.param(f"processId,{PID.upper()}", f"processId,{PID}", id="uuid-in-any-case"),
            pytest.param(f"processId,{PID.replace('-', '')}", f"processId,{PID}", id="uuid-without-hyphens"),
            pytest.param(
                "startedAt,>=2026-03-02T09:15:00Z", "started_at,>=2026-03-02T10:15:00+01:00", id="same-moment"
            ),
        ],
    )
    def test_these_mean_the_same(self, text: str, same: str) -> None:
        assert condition(text) == condition(same)

    @pytest.mark.parametrize(
        ("text", "other"),
        [
            pytest.param("isTask,true", "isTask,false", id="boolean"),
            pytest.param("startedAt,>2026-03-02T09:15:00Z", "startedAt,>=2026-03-02T09:15:00Z", id="comparison"),
            pytest.param("startedAt,<2026-03-02T09:15:00Z", "startedAt,<=2026-03-02T09:15:00Z", id="other-comparison"),
            pytest.param("startedAt,2026-03-02T09:15:00Z", "lastModifiedAt,2026-03-02T09:15:00Z", id="field"),
            pytest.param("target,CREATE", "workflowName,CREATE", id="workflow-field"),
            pytest.param("note,!!x", "note,!x", id="one-exclamation-mark-negates"),
            pytest.param("note,x!", "note,x", id="exclamation-mark-at-the-end"),
        ],
    )
    def test_these_do_not(self, text: str, other: str) -> None:
        assert condition(text) != condition(other)

    @pytest.mark.parametrize("text", ["isTask,{}true", "lastStatus,{}failed-waiting", f"processId,{{}}{PID}"])
    def test_an_exclamation_mark_negates_the_whole_value(self, text: str) -> None:
        assert condition(text.format("!")) == ~condition(text.format(""))

    def test_one_of_few_values_is_compared_as_it_is_stored(self) -> None:
        assert condition("lastStatus,FAILED") == condition("lastStatus,failed") == Q(last_status__in=["failed"])
        assert condition("assignee,noc") == Q(assignee__in=["NOC"])
        assert condition("lastStatus,fail") == MATCH_NOTHING

    def test_alternatives_are_ored(self) -> None:
        both = condition("lastStatus,failed") | condition("lastStatus,waiting")
        assert condition("lastStatus,failed-waiting") == both

    def test_fields_are_anded(self) -> None:
        assert condition("isTask,false,lastStatus,failed") == condition("isTask,false") & condition("lastStatus,failed")

    @pytest.mark.parametrize("field", ["processId", "workflow_id"])
    def test_uuids_are_not_parted_at_their_hyphens(self, field: str) -> None:
        assert condition(f"{field},{PID}|{PID}") == condition(f"{field},{PID}") | condition(f"{field},{PID}")

    NOTHING = Q(pk__in=[])

    @pytest.mark.parametrize(
        "text",
        [
            "isTask,maybe",
            "processId,nope",
            "startedAt,yesterday",
            "startedAt,2026-99-99T00:00:00Z",
            "customer,nobody",
            "product,a\0b",
            "subscriptionId,nope",
        ],
    )
    def test_what_no_process_can_have_matches_nothing_without_an_error(self, text: str) -> None:
        assert condition(text) == self.NOTHING

    @pytest.mark.parametrize(
        "text", ["isTask", "isTask,false,lastStatus", "isTask,false,"], ids=["one", "three", "end"]
    )
    def test_an_odd_number_of_arguments_is_refused(self, text: str) -> None:
        with pytest.raises(BadRequestError, match=r"^Invalid number of filter arguments$"):
            parse(filter_=text)

    @pytest.mark.parametrize("field", ["nope", "workflow", "status", "lease_token", "pk", "", "workflow__name"])
    def test_an_unknown_field_is_refused_with_the_contracts_literal(self, field: str) -> None:
        with pytest.raises(BadRequestError, match=r"^400: Invalid filter arguments$"):
            parse(filter_=f"{field},x")

    @pytest.mark.parametrize("text", ["lastStatus,", "lastStatus,!", "lastStatus,-", "tag,", "processId,|"])
    def test_an_empty_value_is_refused(self, text: str) -> None:
        with pytest.raises(BadRequestError, match=r"^Invalid filter arguments$"):
            parse(filter_=text)
