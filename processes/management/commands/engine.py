"""The engine from the command line: its status, pause and start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orchestrator_ws.command_output import add_json_option, console, print_json, status_text
from orchestrator_ws.errors import OrchestratorError
from processes.executors import leave_to_hosts
from settings.operations import set_global_lock
from settings.queries import get_engine_status


class Command(BaseCommand):
    """Show the engine's status, pause it or start it."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the actions."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, help_text in (
            ("status", "show the status"),
            ("pause", "let processes stop before their next step, and none start"),
            ("start", "let processes go on"),
        ):
            add_json_option(actions.add_parser(name, help=help_text))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the action and show the status that follows."""
        # A start hands on what stood still.
        leave_to_hosts()
        try:
            if options["action"] != "status":
                set_global_lock(options["action"] == "pause")
        except OrchestratorError as error:
            raise CommandError(str(error)) from error
        status = get_engine_status()
        if options["json"]:
            print_json(self.stdout, status.body())
            return
        running = status.running_processes
        runs = "process runs" if running == 1 else "processes run"
        console(self.stdout).print("The engine is", status_text(status.global_status.lower()), end="")
        console(self.stdout).print(f"; {running} {runs} a step.")
