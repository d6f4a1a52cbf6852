"""The phases in the life of products and subscriptions, and which may follow which; plain Python, wire values."""

from enum import StrEnum


class ProductLifecycle(StrEnum):
    """The status of a product (``docs/rest.md``, section 2)."""

    ACTIVE = "active"
    PRE_PRODUCTION = "pre production"
    PHASE_OUT = "phase out"
    END_OF_LIFE = "end of life"


class SubscriptionLifecycle(StrEnum):
    """The status of a subscription (``docs/rest.md``, section 2)."""

    INITIAL = "initial"
    ACTIVE = "active"
    MIGRATING = "migrating"
    DISABLED = "disabled"
    TERMINATED = "terminated"
    PROVISIONING = "provisioning"


_INITIAL, _ACTIVE, _MIGRATING, _DISABLED, _TERMINATED, _PROVISIONING = SubscriptionLifecycle

TRANSITIONS: dict[SubscriptionLifecycle, frozenset[SubscriptionLifecycle]] = {
    _INITIAL: frozenset({_PROVISIONING, _ACTIVE, _MIGRATING, _TERMINATED}),
    _PROVISIONING: frozenset({_ACTIVE, _MIGRATING, _DISABLED, _TERMINATED}),
    _ACTIVE: frozenset({_PROVISIONING, _MIGRATING, _DISABLED, _TERMINATED}),
    _MIGRATING: frozenset({_PROVISIONING, _ACTIVE, _DISABLED, _TERMINATED}),
    _DISABLED: frozenset({_PROVISIONING, _ACTIVE, _MIGRATING, _TERMINATED}),
    _TERMINATED: frozenset(),
}
"""What may follow each status: nothing becomes initial again, and nothing comes after the end."""


def may_become(before: SubscriptionLifecycle, after: SubscriptionLifecycle) -> bool:
    """Return whether a subscription may change its status in this way; it may always keep it."""
    return before is after or after in TRANSITIONS[before]
