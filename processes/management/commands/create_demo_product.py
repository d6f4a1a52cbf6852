"""Create the product that the demo workflows on subscriptions are for."""

from typing import Any

from django.core.management.base import BaseCommand

from processes.demo_subscriptions import create_product


class Command(BaseCommand):
    """Create the demo product and let the demo workflows be started for it; do nothing where it exists."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command; idempotent."""
        create_product()
