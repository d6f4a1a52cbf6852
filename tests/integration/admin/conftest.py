"""Tests of Django admin, through its real pages."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client


@pytest.fixture(autouse=True)
def workflows_of_the_test_vanish(forget_workflows: None) -> None:
    """Every test here may define workflows."""


@pytest.fixture
def admin_client(client: Client, django_user_model: type[User]) -> Client:
    """Sign in a superuser, whose password needs no slow hash because nobody types it."""
    client.force_login(django_user_model.objects.create_superuser("admin"))
    return client


@pytest.fixture
def sign_in(client: Client, django_user_model: type[User]) -> Callable[..., Client]:
    """Return a function that signs in a member of staff with exactly these permissions."""

    def with_permissions(*names: str) -> Client:
        user = django_user_model.objects.create_user("jane", is_staff=True)
        for name in names:
            app_label, codename = name.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
        client.force_login(user)
        return client

    return with_permissions
