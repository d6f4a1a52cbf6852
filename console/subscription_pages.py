"""The pages of subscriptions: a list to search, and one with what it allows and what was done to it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from access.callers import Caller
from console.guards import console_page, sent_from_page
from console.listing import read_listing
from console.rendering import attempt, render_fragment, render_page
from processes.allowed_workflows import allowed_workflows, mark_not_permitted
from processes.authorization import user_of
from processes.models import Process
from processes.serializers import process_bodies
from processes.workflow import Target
from subscriptions import operations
from subscriptions.list_query import SUBSCRIPTION_FIELDS
from subscriptions.models import Subscription
from subscriptions.queries import find_subscription, subscription_rows
from subscriptions.serializers import subscription_bodies

SHOWN_PROCESSES = 20
"""How many of a subscription's processes its page shows, the newest first."""


@require_safe
@console_page()
def subscription_list(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the list."""
    return render_page(request, caller, "subscription_list.html", lambda: _rows(request))


@require_safe
@console_page()
def subscription_list_rows(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the rows of the list."""
    return render_fragment(request, caller, "subscription_rows.html", _rows(request))


@require_safe
@console_page()
def subscription_page(request: HttpRequest, caller: Caller, subscription_id: UUID) -> HttpResponse:
    """Show a subscription."""
    return render_page(request, caller, "subscription.html", lambda: _context(caller, subscription_id))


@require_safe
@console_page()
def subscription_fragment(request: HttpRequest, caller: Caller, subscription_id: UUID) -> HttpResponse:
    """Show what of a subscription changes."""
    return render_fragment(request, caller, "subscription_detail.html", _context(caller, subscription_id))


@sent_from_page
@console_page()
def set_in_sync(request: HttpRequest, caller: Caller, subscription_id: UUID) -> HttpResponse:
    """Say that the network agrees with the subscription."""
    attempt(request, lambda: operations.set_in_sync(subscription_id), "The subscription is in sync.")
    return HttpResponseRedirect(reverse("console:subscription", args=[subscription_id]))


def _rows(request: HttpRequest) -> dict[str, Any]:
    rows = Subscription.objects.all()
    return {
        "listing": read_listing(
            request.GET, SUBSCRIPTION_FIELDS, rows, lambda page: subscription_bodies(subscription_rows(page))
        )
    }


def _context(caller: Caller, subscription_id: UUID) -> dict[str, Any]:
    subscription = find_subscription(subscription_id)
    if subscription is None:
        raise Http404(f"There is no subscription {subscription_id}")
    lists = mark_not_permitted(allowed_workflows(subscription), user_of(caller))
    processes = Process.objects.filter(subscription_links__subscription=subscription).order_by("-started_at")
    return {
        "subscription": subscription,
        "workflows": [(target.value, lists[target.value.lower()]) for target in Target if lists[target.value.lower()]],
        "processes": process_bodies(processes[:SHOWN_PROCESSES]),
    }
