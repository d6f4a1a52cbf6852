"""Rows of workflows: made before the first start, kept as the code has them, named by products."""

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.apps.registry import Apps

from processes.errors import UnknownWorkflowIdError
from processes.models import Workflow
from processes.registration import allow_workflow, describe_workflow, store_workflows
from processes.workflow import Target
from processes.workflow.registry import WORKFLOWS
from tests.integration.engine.throwaway_workflows import adding, define
from tests.integration.subscriptions.stored_subscriptions import store_product


def test_every_workflow_of_the_code_has_a_row() -> None:
    define("new", adding("Work"), target=Target.CREATE)

    store_workflows()

    assert set(Workflow.objects.values_list("name", flat=True)) >= set(WORKFLOWS.keys())
    row = Workflow.objects.get(name="new")
    assert (row.description, row.target, row.is_task) == ("About new", "CREATE", False)


def test_target_and_kind_follow_the_code_and_the_description_does_not() -> None:
    define("changed", adding("Work"), target=Target.CREATE)
    store_workflows()
    describe_workflow(Workflow.objects.get(name="changed").pk, "by hand")
    WORKFLOWS.remove("changed")
    define("changed", adding("Work"), target=Target.SYSTEM, is_task=True)

    store_workflows()

    row = Workflow.objects.get(name="changed")
    assert (row.description, row.target, row.is_task) == ("by hand", "SYSTEM", True)


def test_with_nothing_to_do_it_takes_one_query(django_assert_num_queries: Any) -> None:
    store_workflows()

    with django_assert_num_queries(1):
        store_workflows(apps=apps)


def test_migrated_back_to_before_there_were_any_it_does_nothing() -> None:
    store_workflows(apps=Apps())


def test_a_product_allows_a_workflow_once() -> None:
    define("allowed", adding("Work"))
    store_workflows()
    product = store_product()

    for _ in range(2):
        allow_workflow(product.pk, "allowed")

    assert [workflow.name for workflow in Workflow.objects.filter(products=product)] == ["allowed"]


def test_a_workflow_without_row_can_be_neither_allowed_nor_described() -> None:
    with pytest.raises(Workflow.DoesNotExist):
        allow_workflow(store_product().pk, "nonesuch")
    with pytest.raises(UnknownWorkflowIdError):
        describe_workflow(uuid4(), "new")
