"""The events from the command line: what browsers are told, as they are told."""

import asyncio
import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from events.groups import Channel
from events.running_manager import running_manager, stop_manager
from orchestrator_ws.command_output import add_json_option, console


class Command(BaseCommand):
    """Print the frames of the ``events`` channel until Ctrl-C, as a browser of this installation gets them.

    Through the channel layer and the change log, so no server has to run; without Redis a frame may be 2 seconds late.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the action."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        tail = actions.add_parser("tail", help="print frames as they come")
        tail.add_argument("--since", metavar="POSITION", help="print first what was missed since this position")
        tail.add_argument("--count", type=int, metavar="N", help="end after so many frames")
        add_json_option(tail)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print frames, and at the end the position to go on from."""
        with suppress(KeyboardInterrupt):
            asyncio.run(self._tail(options))

    async def _tail(self, options: dict[str, Any]) -> None:
        manager = await running_manager()
        queue = manager.connect(Channel.EVENTS, options["since"])
        printed = 0
        if not options["json"]:
            console(self.stderr).print("Listening; Ctrl-C ends.")
        try:
            while options["count"] is None or printed < options["count"]:
                frame = await queue.get()
                if frame is None:
                    break
                self._print(frame.text, is_json=options["json"])
                printed += 1
        finally:
            position = manager.position
            manager.disconnect(queue)
            await stop_manager()
            if position is not None and not options["json"]:
                console(self.stderr).print(f"--since {position}", soft_wrap=True)

    def _print(self, text: str, *, is_json: bool) -> None:
        if is_json:
            self.stdout.write(text)
            self.stdout.flush()
            return
        value = json.loads(text)["value"]
        now = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
        console(self.stdout).print(f"{now}  {value['type']}  {value.get('id', '')}", markup=False, soft_wrap=True)
