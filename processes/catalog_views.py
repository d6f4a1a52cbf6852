"""The REST views of what can be started: workflows, products, and the workflows that a subscription allows."""

from pydantic import TypeAdapter
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.rest_authentication import request_caller
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.errors import NotFoundError
from orchestrator_ws.request_validation import read_json, validate, validate_uuid
from processes import catalog_openapi
from processes.allowed_workflows import allowed_workflows, mark_not_permitted
from processes.authorization import user_of
from processes.errors import UnknownWorkflowIdError
from processes.models import Workflow
from processes.registration import describe_workflow
from processes.serializers import DescriptionChange
from subscriptions.models import Product
from subscriptions.queries import find_subscription
from subscriptions.serializers import product_body

_DESCRIPTION = TypeAdapter(DescriptionChange)


@catalog_openapi.workflow
class WorkflowView(APIView):
    """``/api/workflows/{workflow_id}``: ``docs/rest.md``, section 7."""

    def get(self, request: Request, key: str) -> Response:
        """Answer the workflow."""
        row = Workflow.objects.filter(pk=validate_uuid(key, "workflow_id")).first()
        if row is None:
            raise NotFoundError
        return Response(workflow_body(row))

    def patch(self, request: Request, key: str) -> Response:
        """Set the description."""
        body = read_json(request)
        workflow_id = validate_uuid(key, "workflow_id")
        change = validate(_DESCRIPTION, body, "body")
        if change.description is not None:
            describe_workflow(workflow_id, change.description)
        row = Workflow.objects.filter(pk=workflow_id).first()
        if row is None:
            raise UnknownWorkflowIdError(workflow_id)
        return Response(workflow_body(row), status=status.HTTP_201_CREATED)


@catalog_openapi.product_list
class ProductListView(APIView):
    """``GET /api/products/``."""

    def get(self, request: Request) -> Response:
        """Answer every product with its workflows; two queries."""
        products = Product.objects.prefetch_related("workflows").order_by("name")
        return Response([_product_body(product) for product in products])


@catalog_openapi.allowed_workflows
class AllowedWorkflowsView(APIView):
    """``GET /api/subscriptions/workflows/{subscription_id}``."""

    def get(self, request: Request, key: str) -> Response:
        """Answer the workflows per target, and what keeps one from starting; what does not apply is left out."""
        subscription = find_subscription(validate_uuid(key, "subscription_id"))
        if subscription is None:
            raise NotFoundError
        return Response(mark_not_permitted(allowed_workflows(subscription), user_of(request_caller(request))))


def workflow_body(workflow: Workflow) -> JsonObject:
    """Return the workflow as every REST body has it."""
    return {
        "name": workflow.name,
        "target": workflow.target,
        "is_task": workflow.is_task,
        "description": workflow.description,
        "created_at": workflow.created_at.timestamp(),
        "workflow_id": str(workflow.pk),
        "steps": None,
    }


def _product_body(product: Product) -> JsonObject:
    return product_body(product) | {
        "created_at": product.created_at.timestamp(),
        "end_date": None if product.end_date is None else product.end_date.timestamp(),
        "product_blocks": [],
        "fixed_inputs": [],
        "workflows": [workflow_body(workflow) for workflow in product.workflows.all()],
    }
