"""``/api/workflows/{workflow_id}`` and ``GET /api/products/``: REST contract, section 7."""

from typing import Any
from uuid import UUID

import pytest

from processes.models import Workflow
from processes.workflow import Target
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.rest.api import Api, faults, problem
from tests.integration.subscriptions.stored_subscriptions import MARCH, allow, store_product

UNKNOWN_ID = UUID("18c7e6d4-95ab-4c02-8e7f-6a1b3d5f2c05")


@pytest.fixture
def row() -> Workflow:
    """Return the row of a workflow that a product allows."""
    definition = define("create_fibre_path", adding("Work"), target=Target.CREATE)
    return allow(definition, store_product())


def body_of(row: Workflow) -> dict[str, Any]:
    return {
        "name": "create_fibre_path",
        "target": "CREATE",
        "is_task": False,
        "description": "About create_fibre_path",
        "created_at": row.created_at.timestamp(),
        "workflow_id": str(row.pk),
        "steps": None,
    }


class TestWorkflow:
    def test_it_is_answered(self, row: Workflow, api: Api) -> None:
        answer = api.get(f"/api/workflows/{row.pk}")

        assert (answer.status, answer.body) == (200, body_of(row))

    def test_its_description_can_be_changed(self, row: Workflow, api: Api) -> None:
        answer = api.patch(f"/api/workflows/{row.pk}", {"description": "new"})

        assert (answer.status, answer.body) == (201, body_of(row) | {"description": "new"})
        assert api.get(f"/api/workflows/{row.pk}").body == answer.body

    @pytest.mark.parametrize("body", [{}, {"description": None}, {"other": 1}])
    def test_an_unset_description_changes_nothing(self, body: Any, row: Workflow, api: Api) -> None:
        answer = api.patch(f"/api/workflows/{row.pk}", body)

        assert (answer.status, answer.body) == (201, body_of(row))

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({"description": "x" * 2001}, ("string_too_long", ["body", "description"])),
            ({"description": 5}, ("string_type", ["body", "description"])),
            (None, ("missing", ["body"])),
        ],
    )
    def test_any_other_description_is_refused(self, body: Any, fault: Any, row: Workflow, api: Api) -> None:
        assert faults(api.patch(f"/api/workflows/{row.pk}", body)) == [fault]

    def test_an_unknown_id_is_not_found(self, api: Api) -> None:
        answer = api.get(f"/api/workflows/{UNKNOWN_ID}")

        assert (answer.status, answer.body) == (404, problem(404, "Not Found", "Not Found"))

    @pytest.mark.parametrize("body", [{}, {"description": "new"}])
    def test_an_unknown_id_cannot_be_described(self, body: Any, api: Api) -> None:
        answer = api.patch(f"/api/workflows/{UNKNOWN_ID}", body)

        assert answer.status == 404
        assert answer.body == problem(404, "Not Found", f"Workflow id {UNKNOWN_ID} not found")

    def test_what_is_no_uuid_is_refused(self, api: Api) -> None:
        assert faults(api.get("/api/workflows/nope")) == [("uuid_parsing", ["path", "workflow_id"])]


class TestProducts:
    def test_without_products_the_list_is_empty(self, api: Api) -> None:
        assert api.get("/api/products/").body == []

    def test_each_has_its_workflows(self, row: Workflow, api: Api) -> None:
        store_product("Dark Fibre", end_date=MARCH)

        dark, path = api.get("/api/products/").body

        assert (dark["name"], dark["end_date"], dark["workflows"]) == ("Dark Fibre", MARCH.timestamp(), [])
        assert path == {
            "product_id": str(store_product().pk),
            "name": "Fibre Path",
            "description": "Protected point-to-point path",
            "product_type": "Path",
            "status": "active",
            "tag": "FP",
            "created_at": MARCH.timestamp(),
            "end_date": None,
            "product_blocks": [],
            "fixed_inputs": [],
            "workflows": [body_of(row)],
        }

    def test_they_take_two_queries(self, row: Workflow, api: Api, django_assert_num_queries: Any) -> None:
        store_product("Dark Fibre")

        with django_assert_num_queries(2):
            api.get("/api/products/")
