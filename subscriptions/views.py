"""The REST views of subscriptions: read the request, call one operation or query, answer."""

from django.http import HttpResponse
from pydantic import TypeAdapter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orchestrator_ws.errors import NotFoundError
from orchestrator_ws.list_answers import answer_list
from orchestrator_ws.list_query import parse_list_query
from orchestrator_ws.request_validation import validate, validate_uuid
from orchestrator_ws.search_query import parse_search
from subscriptions import openapi, operations
from subscriptions.list_query import SUBSCRIPTION_FIELDS
from subscriptions.models import Subscription
from subscriptions.queries import subscription_rows
from subscriptions.serializers import subscription_bodies, subscription_body

_QUERY = TypeAdapter(str)


@openapi.subscription_list
class SubscriptionListView(APIView):
    """``GET /api/subscriptions/``: ``docs/rest.md``, section 7."""

    def get(self, request: Request) -> HttpResponse:
        """Answer the rows asked for, or 304 if the client has them."""
        query = parse_list_query(SUBSCRIPTION_FIELDS, request.query_params)
        return answer_list(
            request,
            query,
            Subscription.objects.all(),
            unit="subscriptions",
            bodies=lambda page: subscription_bodies(subscription_rows(page)),
        )


@openapi.subscription_search
class SubscriptionSearchView(APIView):
    """``GET /api/subscriptions/search``."""

    def get(self, request: Request) -> HttpResponse:
        """Answer the rows that the search text finds."""
        parameters = request.query_params
        found = parse_search(SUBSCRIPTION_FIELDS, validate(_QUERY, parameters.get("query"), "query", "query"))
        query = parse_list_query(SUBSCRIPTION_FIELDS, parameters)
        return answer_list(
            request,
            query,
            Subscription.objects.filter(found),
            unit="subscriptions",
            bodies=lambda page: [body | {"metadata": None} for body in subscription_bodies(subscription_rows(page))],
        )


@openapi.subscription
class SubscriptionView(APIView):
    """``GET /api/subscriptions/{subscription_id}``."""

    def get(self, request: Request, key: str) -> Response:
        """Answer the subscription object."""
        subscription = subscription_rows(Subscription.objects.filter(pk=validate_uuid(key, "subscription_id"))).first()
        if subscription is None:
            raise NotFoundError
        return Response(subscription_body(subscription))


@openapi.in_sync
class InSyncView(APIView):
    """``PUT /api/subscriptions/{subscription_id}/set_in_sync``."""

    def put(self, request: Request, key: str) -> Response:
        """Say that the network agrees with the subscription."""
        operations.set_in_sync(validate_uuid(key, "subscription_id"))
        return Response(None)
