"""Workflow rows: one for each workflow of the code, so that products can name it before it was ever started."""

from typing import Any
from uuid import UUID

from django.apps import apps as installed
from django.db import transaction

from audit.actions import Action, Kind
from audit.recording import audit
from processes.errors import UnknownWorkflowIdError
from processes.models import ProductWorkflow, Workflow
from processes.workflow.registry import WORKFLOWS


def store_workflows(apps: Any = installed, **signal_arguments: Any) -> None:
    """Make a row for every registered workflow, and keep target and kind of the rows as the code has them.

    Called after migrations, with the models as they then are, and when a host starts. One query if nothing is to do.
    """
    try:
        rows = apps.get_model("processes", "Workflow").objects
    except LookupError:  # migrated back to before there were any
        return
    stored = {row.name: row for row in rows.all()}
    missing = []
    for definition in map(WORKFLOWS.find, WORKFLOWS.keys()):
        if definition is None:
            continue
        columns = {"target": definition.target, "is_task": definition.is_task}
        row = stored.get(definition.name)
        if row is None:
            missing.append(rows.model(name=definition.name, description=definition.description, **columns))
        elif (row.target, row.is_task) != (definition.target, definition.is_task):
            rows.filter(pk=row.pk).update(**columns)
    if missing:
        rows.bulk_create(missing, ignore_conflicts=True)


def describe_workflow(workflow_id: UUID, description: str) -> None:
    """Set the description of a workflow's row; the code's is only what a new row begins with.

    Raises:
        UnknownWorkflowIdError: there is no such row.
    """
    with transaction.atomic():
        if not Workflow.objects.filter(pk=workflow_id).update(description=description):
            raise UnknownWorkflowIdError(workflow_id)
        audit(Action.DESCRIBE, Kind.WORKFLOW, workflow_id)


def allow_workflow(product_id: UUID, workflow_name: str) -> None:
    """Let the workflow be started for the product and for subscriptions to it; idempotent.

    Raises:
        Workflow.DoesNotExist: no workflow of that name has a row.
    """
    workflow = Workflow.objects.get(name=workflow_name)
    ProductWorkflow.objects.get_or_create(product_id=product_id, workflow=workflow)
