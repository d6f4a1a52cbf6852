"""Changes: which ones tell browsers that subscriptions changed, and the values that travel and are stored."""

from uuid import UUID

import pytest

from events.changes import Change, ChangeKind, subscription_changes

ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("ids", "changes"),
    [
        ([], []),
        ([ONE], [Change(ChangeKind.SUBSCRIPTIONS), Change(ChangeKind.SUBSCRIPTION, ONE)]),
        (
            [OTHER, ONE],
            [
                Change(ChangeKind.SUBSCRIPTIONS),
                Change(ChangeKind.SUBSCRIPTION, OTHER),
                Change(ChangeKind.SUBSCRIPTION, ONE),
            ],
        ),
    ],
    ids=["none", "one", "two"],
)
def test_the_lists_are_told_once_then_each_subscription(ids: list[UUID], changes: list[Change]) -> None:
    assert subscription_changes(iter(ids)) == changes


def test_changes_of_the_same_kind_and_id_are_equal() -> None:
    assert {Change(ChangeKind.PROCESS, ONE), Change(ChangeKind.PROCESS, UUID(int=1))} == {
        Change(ChangeKind.PROCESS, ONE)
    }


def test_every_kind_fits_its_column() -> None:
    assert max(len(kind.value) for kind in ChangeKind) <= 32
