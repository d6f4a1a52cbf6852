"""By what the process list can be filtered and sorted (``docs/rest.md``, section 4)."""

from orchestrator_ws.list_query import Field, Kind, ListFields, Related
from processes.models import ProcessSubscription, ProductWorkflow
from processes.statuses import ProcessStatus
from processes.workflow import Assignee, Target

_LINKS = Related(rows=ProcessSubscription.objects.all(), owner="process_id")


def _of_subscription(column: str, kind: Kind = Kind.TEXT) -> Field:
    return Field(f"subscription__{column}", kind, _LINKS)


PROCESS_FIELDS = ListFields(
    own={
        "assignee": Field("assignee", choices=frozenset(Assignee)),
        "created_by": Field("created_by"),
        "failed_reason": Field("failed_reason"),
        "is_task": Field("is_task", Kind.BOOLEAN),
        "last_modified_at": Field("last_modified_at", Kind.DATE),
        "last_status": Field("last_status", choices=frozenset(ProcessStatus)),
        "last_step": Field("last_step"),
        "note": Field("note"),
        "process_id": Field("process_id", Kind.UUID),
        "started_at": Field("started_at", Kind.DATE),
        "traceback": Field("traceback"),
        "workflow_id": Field("workflow_id", Kind.UUID),
    },
    filters={
        "target": Field("workflow__target", choices=frozenset(Target)),
        "workflow_name": Field("workflow__name"),
        "customer": _of_subscription("customer_id", Kind.UUID_AS_TEXT),
        "product": _of_subscription("product__name"),
        "product_description": _of_subscription("product__description"),
        "tag": _of_subscription("product__tag"),
        "subscription_id": _of_subscription("subscription_id", Kind.UUID),
    },
    sorts={
        "workflowName": Field("workflow__name"),
        "workflowTarget": Field("workflow__target"),
        "subscriptions": _of_subscription("description"),
        "productName": _of_subscription("product__name"),
        "productTag": _of_subscription("product__tag"),
        "productType": _of_subscription("product__product_type"),
        "productDescription": _of_subscription("product__description"),
        "productStatus": _of_subscription("product__status"),
        "productId": _of_subscription("product_id", Kind.UUID),
        "productCreatedAt": _of_subscription("product__created_at", Kind.DATE),
        "productEndDate": _of_subscription("product__end_date", Kind.DATE),
    },
    default_order=["-started_at"],
    key="process_id",
)

_PRODUCTS = Related(rows=ProductWorkflow.objects.all(), owner="workflow_id")

WORKFLOW_FIELDS = ListFields(
    own={
        "created_at": Field("created_at", Kind.DATE),
        "description": Field("description"),
        "is_task": Field("is_task", Kind.BOOLEAN),
        "name": Field("name"),
        "target": Field("target", choices=frozenset(Target)),
        "workflow_id": Field("workflow_id", Kind.UUID),
    },
    filters={"product": Field("product__name", related=_PRODUCTS), "tag": Field("product__tag", related=_PRODUCTS)},
    sorts={},
    default_order=["name"],
    key="workflow_id",
)
