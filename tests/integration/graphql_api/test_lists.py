"""Lists in GraphQL: range, filter, sort and search (``docs/graphql.md``)."""

from typing import Any

import pytest

from processes.models import Process
from processes.statuses import ProcessStatus
from tests.integration.engine.stored_processes import store_in_status
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.graphql_api.asking import Graphql
from tests.integration.subscriptions.stored_subscriptions import link, store_product, store_subscription

PAGE = "page{processId} pageInfo{hasNextPage hasPreviousPage startCursor endCursor totalItems}"
PROCESSES = (
    "query($first: Int!, $after: Int!, $sortBy: [GraphqlSort!], $filterBy: [GraphqlFilter!], $query: String)"
    f"{{processes(first: $first, after: $after, sortBy: $sortBy, filterBy: $filterBy, query: $query){{{PAGE}}}}}"
)


def ask(graphql: Graphql, **arguments: Any) -> Any:
    """Return the list, whose first 15 are asked for unless something else is said."""
    return graphql.data(PROCESSES, **{"first": 15, "after": 0} | arguments)["processes"]


def ids(listed: Any) -> list[str]:
    """Return the ids on the page."""
    return [process["processId"] for process in listed["page"]]


@pytest.fixture
def stored() -> list[Process]:
    """Store one process in each of five statuses, the newest first."""
    definition = define("build_path", adding("Work"))
    kinds = [ProcessStatus.CREATED, ProcessStatus.SUSPENDED, ProcessStatus.FAILED]
    kinds += [ProcessStatus.COMPLETED, ProcessStatus.ABORTED]
    return [store_in_status(definition, status) for status in kinds][::-1]


@pytest.mark.parametrize(
    ("first", "after", "page", "info"),
    [
        (2, 0, slice(0, 2), (True, False, 0, 1, 5)),
        (2, 2, slice(2, 4), (True, True, 2, 3, 5)),
        (2, 4, slice(4, 5), (False, True, 4, 4, 5)),
        (5, 0, slice(0, 5), (False, False, 0, 4, 5)),
        (2, 6, slice(0, 0), (False, True, None, 5, 5)),
        (1_000_000, 0, slice(0, 5), (False, False, 0, 4, 5)),
        (0, 0, slice(0, 0), (True, False, None, -1, 5)),
    ],
)
def test_a_range_is_by_offset(
    first: int, after: int, page: slice, info: tuple[Any, ...], stored: list[Process], graphql: Graphql
) -> None:
    listed = ask(graphql, first=first, after=after)

    assert ids(listed) == [str(process.pk) for process in stored[page]]
    assert tuple(listed["pageInfo"].values()) == info


def test_a_page_alone_tells_the_same_as_with_its_rows(stored: list[Process], graphql: Graphql) -> None:
    with_rows = ask(graphql, first=2, after=1)["pageInfo"]

    alone = graphql.data(f"{{processes(first: 2, after: 1){{pageInfo{{{' '.join(with_rows)}}}}}}}")

    assert alone["processes"]["pageInfo"] == with_rows


@pytest.mark.parametrize("arguments", [{"first": -1}, {"after": -1}])
def test_a_negative_number_is_refused(arguments: dict[str, int], graphql: Graphql) -> None:
    data, errors = graphql.errors(PROCESSES, **{"first": 1, "after": 0} | arguments)

    assert data is None
    assert errors == [("Invalid range arguments: first and after are not negative", "bad_request")]


@pytest.mark.parametrize(
    ("field", "value", "statuses"),
    [
        ("lastStatus", "completed-aborted", ["aborted", "completed"]),
        ("last_status", "COMPLETED|FAILED", ["completed", "failed"]),
        ("lastStatus", "!completed-aborted-failed", ["suspended", "created"]),
        ("isTask", "true", []),
        ("workflowName", "BUILD_path", ["aborted", "completed", "failed", "suspended", "created"]),
        ("processId", "not-a-uuid", []),
        ("startedAt", ">=2000-01-01T00:00:00Z", ["aborted", "completed", "failed", "suspended", "created"]),
        ("note", "!x", ["aborted", "completed", "failed", "suspended", "created"]),
    ],
)
def test_a_filter_leaves_out(
    field: str, value: str, statuses: list[str], stored: list[Process], graphql: Graphql
) -> None:
    listed = ask(graphql, filterBy=[{"field": field, "value": value}])

    by_id = {str(process.pk): process.last_status for process in stored}
    assert [by_id[each] for each in ids(listed)] == statuses


def test_a_single_filter_and_sort_stand_for_lists(stored: list[Process], graphql: Graphql) -> None:
    listed = ask(
        graphql,
        filterBy={"field": "processId", "value": str(stored[0].pk).upper()},
        sortBy={"field": "lastModifiedAt", "order": "DESC"},
    )

    assert ids(listed) == [str(stored[0].pk)]


def test_a_sort_is_ascending_unless_it_says_otherwise(stored: list[Process], graphql: Graphql) -> None:
    newest_first = ids(ask(graphql))

    assert ids(ask(graphql, sortBy=[{"field": "startedAt"}])) == newest_first[::-1]
    assert ids(ask(graphql, sortBy=[{"field": "is_task"}, {"field": "startedAt", "order": "DESC"}])) == newest_first


def test_an_unknown_field_is_left_out_and_told(stored: list[Process], graphql: Graphql) -> None:
    body = graphql.send(
        PROCESSES,
        first=15,
        after=0,
        filterBy=[{"field": "nope", "value": "1"}, {"field": "lastStatus", "value": "failed"}],
        sortBy=[{"field": "neither"}, {"field": "startedAt"}],
    ).body

    assert len(body["data"]["processes"]["page"]) == 1
    filters, sorts = body["errors"]
    assert filters["message"].startswith("Invalid filter arguments (invalid_filters=['nope'] valid_filter_keys=[")
    assert sorts["message"].startswith("Invalid sort arguments (invalid_sorting=['neither'] valid_sort_keys=[")
    assert [error["path"] for error in body["errors"]] == [["processes"], ["processes"]]
    assert [error["extensions"] for error in body["errors"]] == [{"error_type": "bad_request"}] * 2


def test_an_empty_value_finds_nothing_and_is_told(stored: list[Process], graphql: Graphql) -> None:
    data, errors = graphql.errors(PROCESSES, first=15, after=0, filterBy=[{"field": "lastStatus", "value": ""}])

    assert data["processes"]["page"] == []
    assert errors == [("Invalid filter arguments ", "bad_request")]


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ("", 5),
        ("lastStatus:failed", 1),
        ("last_status:(failed|aborted)", 2),
        ("build*", 5),
        ("workflow_name:build* -last_status:failed", 4),
        ("nope:1", 0),
        ("nowhere", 0),
    ],
)
def test_a_search_finds(query: str, statuses: int, stored: list[Process], graphql: Graphql) -> None:
    assert ask(graphql, query=query)["pageInfo"]["totalItems"] == statuses


def test_a_search_that_is_not_well_formed_is_told(graphql: Graphql) -> None:
    data, errors = graphql.errors(PROCESSES, first=15, after=0, query="(open")

    assert (data, errors) == (None, [("Invalid query: a parenthesis is not closed", "bad_request")])


def test_what_can_be_asked_for_is_in_the_page_info(graphql: Graphql) -> None:
    fields = {
        root: graphql.data(f"{{{root}{{pageInfo{{sortFields filterFields}}}}}}")[root]["pageInfo"]
        for root in ("processes", "workflows", "products", "subscriptions")
    }

    processes = fields["processes"]
    assert {"customer", "note", "tag", "assignee", "workflow_name", "workflowName"} <= set(processes["filterFields"])
    assert {"lastModifiedAt", "last_modified_at", "productName", "workflowTarget"} <= set(processes["sortFields"])
    for root, asked in fields.items():
        assert all(names == sorted(names) for names in asked.values())
        filters = [{"field": name, "value": "1"} for name in asked["filterFields"]]
        sorts = [{"field": name} for name in asked["sortFields"]]
        arguments = "query($f: [GraphqlFilter!], $s: [GraphqlSort!])"
        listed = graphql.data(
            f"{arguments}{{{root}(filterBy: $f, sortBy: $s){{page{{__typename}}}}}}", f=filters, s=sorts
        )
        assert listed[root]["page"] == []


class TestNestedLists:
    def test_each_object_has_its_own_page_and_total(self, graphql: Graphql) -> None:
        for name, count in (("Access", 3), ("Backbone", 0), ("Core", 1)):
            product = store_product(name=name)
            for number in range(count):
                store_subscription(f"{name} {number}", product=product, status="active" if number else "terminated")

        listed = graphql.data(
            '{products(first: 10, query: "name:(Access|Backbone|Core)"){page{name subscriptions(first: 1, after: 1,'
            ' sortBy: {field: "description"}){page{description} pageInfo{totalItems hasNextPage endCursor}}}}}'
        )["products"]["page"]

        assert [tuple(product.values()) for product in listed] == [
            ("Access", {"page": [{"description": "Access 1"}], "pageInfo": page_info(3, has_next=True, end=1)}),
            ("Backbone", {"page": [], "pageInfo": page_info(0, has_next=False, end=0)}),
            ("Core", {"page": [], "pageInfo": page_info(1, has_next=False, end=0)}),
        ]

    def test_its_filter_counts(self, graphql: Graphql) -> None:
        product = store_product(name="Access")
        for status in ("active", "terminated", "initial"):
            store_subscription(product=product, status=status)

        (listed,) = graphql.data(
            '{products(filterBy: {field: "name", value: "Access"}){page{subscriptions(filterBy: {field: "status",'
            ' value: "!terminated"}){pageInfo{totalItems} page{status}}}}}'
        )["products"]["page"]

        assert listed["subscriptions"]["pageInfo"]["totalItems"] == 2
        assert {each["status"] for each in listed["subscriptions"]["page"]} == {"ACTIVE", "INITIAL"}

    def test_what_is_wrong_with_it_is_told_once(self, graphql: Graphql) -> None:
        for name in ("Access", "Core"):
            store_product(name=name)

        data, errors = graphql.errors(
            '{products{page{subscriptions(filterBy: {field: "nope", value: "1"}){page{status}}}}}'
        )

        assert len(data["products"]["page"]) >= 2
        assert len(errors) == 1

    def test_a_subscription_of_two_processes_is_with_both(self, graphql: Graphql) -> None:
        definition, shared = define("build_path", adding("Work")), store_subscription("shared")
        for _ in range(2):
            link(store_in_status(definition, ProcessStatus.COMPLETED), store_subscription("own"), shared)

        listed = graphql.data("{processes{page{subscriptions{page{description processes{page{processId}}}}}}}")

        pages = [process["subscriptions"]["page"] for process in listed["processes"]["page"]]
        assert [[each["description"] for each in page] for page in pages] == [["own", "shared"]] * 2
        assert [len(page[1]["processes"]["page"]) for page in pages] == [2, 2]


def page_info(total: int, *, has_next: bool, end: int) -> dict[str, Any]:
    """Return what is asked of a nested page."""
    return {"totalItems": total, "hasNextPage": has_next, "endCursor": end}
