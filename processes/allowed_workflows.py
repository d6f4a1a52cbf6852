"""Which workflows a subscription allows now, and why not the others (``docs/rest.md``, section 7)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q

from orchestrator_ws.contracts import JsonObject
from processes.models import Workflow
from processes.workflow import AuthContext, Target
from processes.workflow.authorization import is_allowed
from processes.workflow.registry import WORKFLOWS
from subscriptions.lifecycle import SubscriptionLifecycle
from subscriptions.models import Subscription, SubscriptionRelation


class Reason(StrEnum):
    """Why a workflow cannot be started for a subscription; wire values."""

    NOT_IN_SYNC = "subscription.not_in_sync"
    RELATIONS_NOT_IN_SYNC = "subscription.relations_not_in_sync"
    INVALID_STATUS = "subscription.no_modify_invalid_status"
    IN_USE_BY_OTHERS = "subscription.no_modify_subscription_in_use_by_others"
    NOT_PERMITTED = "subscription.insufficient_workflow_permissions"


_ACTIVE, _PROVISIONING = SubscriptionLifecycle.ACTIVE, SubscriptionLifecycle.PROVISIONING

USABLE_WHEN: dict[Target, list[SubscriptionLifecycle]] = {
    Target.CREATE: [],
    Target.MODIFY: [_ACTIVE],
    Target.TERMINATE: [_ACTIVE, _PROVISIONING],
    Target.SYSTEM: [_ACTIVE],
    Target.VALIDATE: [_ACTIVE],
    Target.RECONCILE: [_ACTIVE],
}
"""The statuses of a subscription in which workflows with this target may be started."""

USABLE_OUT_OF_SYNC = frozenset({"modify_note"})
"""Workflows that touch nothing but our own rows, besides tasks and reconciliations."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relations:
    """What is to be known of the subscriptions that use this one, or that it uses."""

    locked: list[UUID]
    unterminated_users: list[UUID]


def allowed_workflows(subscription: Subscription) -> JsonObject:
    """Return the workflows of the subscription's product per target, each with the reason that keeps it from starting.

    Two queries.
    """
    relations = _read_relations(subscription)
    lock = _lock(subscription, relations)
    lists: JsonObject = {target.value.lower(): [] for target in Target}
    for workflow in Workflow.objects.filter(products=subscription.product_id).order_by("name"):
        entry = {"name": workflow.name, "description": workflow.description}
        ignores_lock = workflow.is_task or workflow.target == Target.RECONCILE or workflow.name in USABLE_OUT_OF_SYNC
        obstacle = ({} if ignores_lock else lock) or _obstacle(Target(workflow.target), subscription, relations)
        lists[workflow.target.lower()].append(entry | obstacle)
    return lists | lock


def mark_not_permitted(lists: JsonObject, user: Any) -> JsonObject:
    """Return the lists, where what the user may not start, and nothing else keeps from starting, has that as reason."""
    for target in Target:
        for entry in lists[target.value.lower()]:
            definition = WORKFLOWS.find(entry["name"])
            if definition is None or "reason" in entry:
                continue
            context = AuthContext(user=user, action="start_workflow", workflow=definition)
            if not is_allowed(definition.authorize_callback, context):
                entry["reason"] = Reason.NOT_PERMITTED
    return lists


def _lock(subscription: Subscription, relations: Relations) -> JsonObject:
    if not subscription.insync:
        return {"reason": Reason.NOT_IN_SYNC}
    if relations.locked:
        return {"reason": Reason.RELATIONS_NOT_IN_SYNC, "locked_relations": relations.locked}
    return {}


def _obstacle(target: Target, subscription: Subscription, relations: Relations) -> JsonObject:
    obstacle: JsonObject = {}
    if subscription.lifecycle not in USABLE_WHEN[target]:
        obstacle |= {
            "reason": Reason.INVALID_STATUS,
            "usable_when": USABLE_WHEN[target],
            "status": subscription.status,
        }
    if target is Target.TERMINATE and relations.unterminated_users:
        obstacle |= {
            "reason": Reason.IN_USE_BY_OTHERS,
            "unterminated_in_use_by_subscriptions": relations.unterminated_users,
        }
    return obstacle and obstacle | {"action": "terminated" if target is Target.TERMINATE else "modified"}


def _read_relations(subscription: Subscription) -> Relations:
    locked: list[UUID] = []
    unterminated: list[UUID] = []
    rows = SubscriptionRelation.objects.filter(Q(in_use_by=subscription) | Q(depends_on=subscription))
    for relation in rows.select_related("in_use_by", "depends_on").order_by("pk"):
        is_user = relation.depends_on_id == subscription.pk
        other = relation.in_use_by if is_user else relation.depends_on
        if not other.insync:
            locked.append(other.pk)
        if is_user and other.lifecycle is not SubscriptionLifecycle.TERMINATED:
            unterminated.append(other.pk)
    return Relations(locked=locked, unterminated_users=unterminated)
