"""Which status of a subscription may follow which: the whole table."""

import pytest

from subscriptions.lifecycle import ProductLifecycle, SubscriptionLifecycle, may_become

# from initial, active, migrating, disabled, terminated, provisioning (columns) to the one that begins the row
TABLE = """
initial       yes no  no  no  no  no
active        yes yes yes yes no  yes
migrating     yes yes yes yes no  yes
disabled      no  yes yes yes no  yes
terminated    yes yes yes yes yes yes
provisioning  yes yes yes yes no  yes
"""
CASES = [
    (before, SubscriptionLifecycle(row.split()[0]), answer == "yes")
    for row in TABLE.strip().splitlines()
    for before, answer in zip(SubscriptionLifecycle, row.split()[1:], strict=True)
]


@pytest.mark.parametrize(("before", "after", "allowed"), CASES, ids=[f"{before}-{after}" for before, after, _ in CASES])
def test_the_life_of_a_subscription(before: SubscriptionLifecycle, after: SubscriptionLifecycle, allowed: bool) -> None:
    assert may_become(before, after) is allowed


def test_the_values_are_those_of_the_wire() -> None:
    assert [status.value for status in SubscriptionLifecycle] == [
        "initial",
        "active",
        "migrating",
        "disabled",
        "terminated",
        "provisioning",
    ]
    assert [status.value for status in ProductLifecycle] == ["active", "pre production", "phase out", "end of life"]
