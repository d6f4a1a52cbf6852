"""Create the first administrator of a new installation."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Create the user ``admin`` with a random password and print it; do nothing where an administrator exists."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command; idempotent."""
        users = get_user_model().objects
        if users.filter(is_superuser=True).exists():
            return
        if users.filter(username="admin").exists():
            raise CommandError("The user admin is no administrator: name another one with manage.py createsuperuser")
        password = secrets.token_urlsafe(12)
        users.create_superuser(username="admin", password=password)
        self.stdout.write(f"Administrator created: user admin, password {password}")
