"""What is read beyond the rows of a page: for all its objects at once."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from graphql_api.batches import Batch
from orchestrator_ws.contracts import Row
from processes.models import ProductWorkflow
from processes.queries import ProcessDetail, process_details, related_subscriptions


def read_related(batch: Batch[UUID]) -> Mapping[UUID, Sequence[Row]]:
    """Return the subscriptions of each process, the first one first."""
    return related_subscriptions(batch.keys)


def read_details(batch: Batch[UUID]) -> Mapping[UUID, ProcessDetail]:
    """Return steps, form and state of each process that still exists."""
    return process_details(batch.keys, batch.once(read_related, batch))


def read_product_ids(batch: Batch[UUID]) -> Sequence[tuple[UUID, UUID]]:
    """Return the workflows, each with a product that it may be started for, in the order of the products' names."""
    links = ProductWorkflow.objects.filter(workflow__in=batch.keys).order_by("product__name")
    return list(links.values_list("workflow_id", "product_id"))
