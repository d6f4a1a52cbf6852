"""What Django tells of its users, groups and sessions: servers hear of what may end a websocket, of nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.core import management
from django.db import transaction
from django.test import Client
from django.utils import timezone

from access.models import Revocation
from events.models import ChangeLogEntry


@pytest.fixture
def told() -> Callable[[], int]:
    """Return a function that tells how many changes of access were recorded since the last call."""
    seen = 0

    def since_last_call() -> int:
        nonlocal seen
        before, seen = seen, ChangeLogEntry.objects.filter(kind="access").count()
        return seen - before

    return since_last_call


@pytest.fixture
def group() -> Group:
    return Group.objects.create(name="noc")


@pytest.fixture
def user(group: Group) -> User:
    made = User.objects.create_user("ada")
    made.groups.add(group)
    made.user_permissions.add(permission("operate"))
    group.permissions.add(permission("view"))
    return made


def permission(role: str) -> Permission:
    return Permission.objects.get(content_type__app_label="access", codename=role)


def save(user: User, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()


def set_password(user: User) -> None:
    user.set_password("another one")
    user.save(update_fields=["password"])


def make_user_of(group: Group) -> None:
    group.user_set.add(User.objects.create_user("grace"))


DECISIVE: dict[str, Callable[[User, Group], Any]] = {
    "password": lambda user, group: set_password(user),
    "active": lambda user, group: save(user, is_active=False),
    "superuser": lambda user, group: save(user, is_superuser=True),
    "deleted": lambda user, group: user.delete(),
    "permission taken": lambda user, group: user.user_permissions.remove(permission("operate")),
    "permissions cleared": lambda user, group: user.user_permissions.clear(),
    "permissions set": lambda user, group: user.user_permissions.set([permission("engine")]),
    "users of a permission cleared": lambda user, group: permission("operate").user_set.clear(),
    "left the group": lambda user, group: user.groups.remove(group),
    "group without users": lambda user, group: group.user_set.clear(),
    "group with another user": lambda user, group: make_user_of(group),
    "permission of the group taken": lambda user, group: group.permissions.remove(permission("view")),
    "group deleted": lambda user, group: group.delete(),
}


@pytest.mark.parametrize("change", DECISIVE.values(), ids=DECISIVE.keys())
def test_servers_hear_of_what_may_end_a_session(
    change: Callable[[User, Group], Any], user: User, group: Group, told: Callable[[], int]
) -> None:
    told()

    change(user, group)

    assert told() >= 1


INDIFFERENT: dict[str, Callable[[User, Group], Any]] = {
    "a new user": lambda user, group: User.objects.create_user("grace"),
    "a login": lambda user, group: Client().force_login(user),
    "another group": lambda user, group: Group.objects.create(name="tools"),
    "a group's name": lambda user, group: group.save(),
    "an address": lambda user, group: user.save(update_fields=["email"]),
}


@pytest.mark.parametrize("change", INDIFFERENT.values(), ids=INDIFFERENT.keys())
def test_they_do_not_hear_of_what_ends_nothing(
    change: Callable[[User, Group], Any], user: User, group: Group, told: Callable[[], int]
) -> None:
    told()

    change(user, group)

    assert told() == 0


def test_what_an_inactive_user_was_granted_before_counts_no_more_when_it_is_active_again(user: User) -> None:
    save(user, is_active=False)
    save(user, is_active=True)

    assert [row.principal for row in Revocation.objects.all()] == [f"user:{user.pk}"]


def test_servers_hear_of_a_logout(client: Client, user: User, told: Callable[[], int]) -> None:
    client.force_login(user)
    told()

    client.logout()

    assert told() == 1


def test_an_expired_session_that_is_cleared_was_over_before(
    client: Client, user: User, told: Callable[[], int]
) -> None:
    client.force_login(user)
    Session.objects.update(expire_date=timezone.now())
    told()

    management.call_command("clearsessions")

    assert (Session.objects.count(), told()) == (0, 0)


def test_a_session_of_nobody_ends_unnoticed(client: Client, told: Callable[[], int]) -> None:
    session = client.session
    session["seen"] = True
    session.save()

    session.flush()

    assert told() == 0


def test_what_is_rolled_back_is_not_told(user: User, told: Callable[[], int]) -> None:
    told()

    with transaction.atomic():
        save(user, is_active=False)
        transaction.set_rollback(True)

    assert (Revocation.objects.count(), told()) == (0, 0)
