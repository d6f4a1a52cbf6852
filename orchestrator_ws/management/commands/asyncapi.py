"""Print the AsyncAPI document of the websocket channels, as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from orchestrator_ws.asyncapi_document import make_document


class Command(BaseCommand):
    """Print the document; asks no database."""

    help = __doc__ or ""
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        self.stdout.write(json.dumps(make_document(), indent=2, ensure_ascii=False))
