"""Tests of Django admin, through its real pages."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Roll back instead of commit, which is much quicker; a test whose process must run asks for ``transactional_db``.

    The mark nearest to the test counts, so it goes before that of the folder above.
    """
    for item in items:
        if "tests/integration/admin/" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db, append=False)


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
