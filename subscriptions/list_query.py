"""By what the subscription list can be filtered, searched and sorted (``docs/rest.md``, section 7)."""

from django.db.models import F

from orchestrator_ws.list_query import Field, Kind, ListFields
from subscriptions.lifecycle import ProductLifecycle

SUBSCRIPTION_FIELDS = ListFields(
    own={
        "customer_id": Field("customer_id"),
        "description": Field("description"),
        "end_date": Field("end_date", Kind.DATE),
        "insync": Field("insync", Kind.BOOLEAN),
        "note": Field("note"),
        "product_id": Field("product_id", Kind.UUID),
        "start_date": Field("start_date", Kind.DATE),
        "status": Field("status"),
        "subscription_id": Field("subscription_id", Kind.UUID),
        "tag": Field("product__tag"),
        "version": Field("version", Kind.NUMBER),
    },
    filters={"product": Field("product__name"), "type": Field("product__product_type")},
    sorts={
        "productName": Field("product__name"),
        "productTag": Field("product__tag"),
        "productType": Field("product__product_type"),
        "productDescription": Field("product__description"),
        "productStatus": Field("product__status"),
        "productCreatedAt": Field("product__created_at", Kind.DATE),
        "productEndDate": Field("product__end_date", Kind.DATE),
    },
    # What has not started yet is the newest.
    default_order=[F("start_date").desc(nulls_first=True)],
    key="subscription_id",
)

PRODUCT_FIELDS = ListFields(
    own={
        "created_at": Field("created_at", Kind.DATE),
        "description": Field("description"),
        "end_date": Field("end_date", Kind.DATE),
        "name": Field("name"),
        "product_id": Field("product_id", Kind.UUID),
        "product_type": Field("product_type"),
        "status": Field("status", choices=frozenset(ProductLifecycle)),
        "tag": Field("tag"),
    },
    filters={},
    sorts={},
    default_order=["name"],
    key="product_id",
)
