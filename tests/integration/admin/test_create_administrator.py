"""``manage.py create_administrator``: the first administrator of a new installation."""

from io import StringIO

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client


def create_administrator() -> str:
    """Run the command and return what it prints."""
    output = StringIO()
    call_command("create_administrator", stdout=output)
    return output.getvalue()


def test_the_printed_password_opens_admin(client: Client) -> None:
    printed = create_administrator().strip()

    password = printed.rsplit(" ", 1)[1]
    assert printed == f"Administrator created: user admin, password {password}"
    assert client.login(username="admin", password=password)
    assert client.get("/admin/").status_code == 200


def test_a_second_run_changes_nothing_and_prints_nothing() -> None:
    create_administrator()
    before = User.objects.get(username="admin").password

    printed = create_administrator()

    assert printed == ""
    assert User.objects.get(username="admin").password == before


def test_where_an_administrator_exists_none_is_created(django_user_model: type[User]) -> None:
    django_user_model.objects.create_superuser("boss")

    printed = create_administrator()

    assert printed == ""
    assert User.objects.count() == 1


def test_two_installations_get_different_passwords() -> None:
    first = create_administrator()
    User.objects.all().delete()

    assert create_administrator() != first
