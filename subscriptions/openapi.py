"""The operations of subscriptions in the OpenAPI document, and the objects that other apps show too."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema_view
from pydantic import RootModel

from orchestrator_ws.openapi import Body, Null, Unprocessable, list_parameters, operation, path_parameter
from orchestrator_ws.search_query import MAX_QUERY_LENGTH
from subscriptions.lifecycle import ProductLifecycle, SubscriptionLifecycle


class ProductObject(Body):
    """A product, as a subscription shows it; the dates are always null there."""

    product_id: UUID
    name: str
    description: str
    product_type: str
    status: ProductLifecycle
    tag: str
    created_at: float | None
    end_date: float | None


class SubscriptionObject(Body):
    """What a customer has of a product."""

    subscription_id: UUID
    start_date: float | None
    description: str
    status: SubscriptionLifecycle
    product_id: UUID
    customer_id: str
    insync: bool
    note: str | None
    name: None
    end_date: float | None
    product: ProductObject
    customer_descriptions: None
    tag: None
    version: int


class FoundSubscription(SubscriptionObject):
    """A subscription that a search found."""

    metadata: None


class SubscriptionObjects(RootModel[list[SubscriptionObject]]):
    """Subscriptions in the order asked for."""


class FoundSubscriptions(RootModel[list[FoundSubscription]]):
    """The same of a search."""


SUBSCRIPTION_ID = path_parameter("The id of the subscription.")

_SEARCH_TEXT = OpenApiParameter(
    "query",
    {"type": "string", "maxLength": MAX_QUERY_LENGTH},
    required=True,
    description='What is looked for: words, `a | b`, `( )`, `-not`, `"several words"`, `beginning*`, `field:value`.',
)

subscription_list = extend_schema_view(
    get=operation(
        "list_subscriptions",
        "The subscriptions",
        {200: SubscriptionObjects, 304: None},
        parameters=list_parameters("subscriptions"),
    )
)
subscription_search = extend_schema_view(
    get=operation(
        "search_subscriptions",
        "Subscriptions that a text finds",
        {200: FoundSubscriptions, 304: None},
        refused=[422],
        parameters=[_SEARCH_TEXT, *list_parameters("subscriptions", filters=False)],
    )
)
subscription = extend_schema_view(
    get=operation(
        "read_subscription",
        "One subscription",
        {200: SubscriptionObject},
        refused=[404, 422],
        parameters=[SUBSCRIPTION_ID],
    )
)
in_sync = extend_schema_view(
    put=operation(
        "set_in_sync",
        "Say that the network agrees with it",
        {200: Null, 422: Unprocessable},
        refused=[404],
        parameters=[SUBSCRIPTION_ID],
    )
)
