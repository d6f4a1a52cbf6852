"""Processes from the command line: list and show them, start, resume and abort them."""

import getpass
import json
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic_forms.exceptions import FormException, FormNotCompleteError, FormValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from audit.origins import SYSTEM
from orchestrator_ws.command_output import (
    add_json_option,
    console,
    moment_text,
    print_json,
    status_text,
    table,
)
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.errors import OrchestratorError
from orchestrator_ws.list_query import parse_list_query
from processes import operations
from processes.executors import leave_to_hosts
from processes.form_walks import get_start_page
from processes.list_query import PROCESS_FIELDS
from processes.models import Process
from processes.queries import get_process_detail
from processes.serializers import detail_body, process_bodies
from processes.statuses import RUNNABLE, ProcessStatus, StepStatus

LISTED = 25
LOOK_SECONDS = 0.25


def json_page(text: str) -> JsonObject:
    """Return the page of a form that an argument holds."""
    try:
        page = json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"this is no JSON: {error}") from error
    if not isinstance(page, dict):
        raise ArgumentTypeError("a page is a JSON object")
    return page


class Command(BaseCommand):
    """List, show, start, resume and abort processes. Servers or workers run them; this command does not."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the actions and what they take."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        listing = actions.add_parser("list", help="the newest first")
        listing.add_argument("--status", choices=[status.value for status in ProcessStatus])
        listing.add_argument("--tasks", action="store_true", help="tasks in place of the other processes")
        listing.add_argument("--limit", type=int, default=LISTED, help="how many at most, %(default)s by default")
        showing = actions.add_parser("show", help="one with its steps")
        starting = actions.add_parser("start", help="run a workflow")
        starting.add_argument("workflow", help="the key of the workflow")
        resuming = actions.add_parser("resume", help="let one go on, or try again")
        aborting = actions.add_parser("abort", help="end one for good")
        for action in (showing, resuming, aborting):
            action.add_argument("process_id", type=UUID)
        for action in (starting, resuming):
            action.add_argument(
                "--page", type=json_page, action="append", default=[], help="a page of the form, as JSON; once for each"
            )
            action.add_argument("--follow", action="store_true", help="show its steps until it stands or ends")
        for action in (starting, resuming, aborting):
            action.add_argument(
                "--reporter", default=_login_name(), help="who is recorded as the doer; %(default)s by default"
            )
        for action in (listing, showing, starting, resuming, aborting):
            add_json_option(action)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the action."""
        leave_to_hosts()
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "list": self._list,
            "show": self._show,
            "start": self._start,
            "resume": self._resume,
            "abort": self._abort,
        }
        try:
            actions[options["action"]](options)
        except FormException as error:
            raise CommandError(_form_text(error)) from error
        except OrchestratorError as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        rows = Process.objects.filter(is_task=options["tasks"])
        if options["status"]:
            rows = rows.filter(last_status=options["status"])
        query = parse_list_query(PROCESS_FIELDS, {"range": f"0,{max(1, options['limit'])}"})
        bodies = process_bodies(query.page(rows))
        if options["json"]:
            print_json(self.stdout, bodies)
            return
        columns = ("Process", "Workflow", "Status", "Last step", "Started (UTC)", "By")
        lines = (
            (
                body["process_id"],
                body["workflow_name"],
                status_text(body["last_status"]),
                body["last_step"] or "",
                moment_text(body["started_at"]),
                body["created_by"] or "",
            )
            for body in bodies
        )
        console(self.stdout).print(table(columns, lines) if bodies else "There is none.")

    def _show(self, options: dict[str, Any]) -> None:
        self._print(options["process_id"], options)

    def _start(self, options: dict[str, Any]) -> None:
        # Without a page the first one is asked for; a workflow without a form has one that is empty.
        pages = options["page"] or ([] if self._has_fields(options) else [{}])
        self._report(operations.start_process(options["workflow"], pages, options["reporter"]), options)

    def _has_fields(self, options: dict[str, Any]) -> bool:
        asked = get_start_page(options["workflow"], [], options["reporter"])
        return bool(asked and asked.schema.get("properties"))

    def _resume(self, options: dict[str, Any]) -> None:
        operations.resume_process(options["process_id"], options["page"], options["reporter"])
        self._report(options["process_id"], options)

    def _abort(self, options: dict[str, Any]) -> None:
        operations.abort_process(options["process_id"], options["reporter"])
        self._report(options["process_id"], options)

    def _report(self, process_id: UUID, options: dict[str, Any]) -> None:
        if options.get("follow"):
            self._follow(process_id, is_quiet=options["json"])
        if options.get("follow") or options["json"] or options["action"] != "start":
            self._print(process_id, options)
        else:
            self.stdout.write(str(process_id))

    def _follow(self, process_id: UUID, *, is_quiet: bool) -> None:
        """Show how far the process is until it stands or ends."""
        columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, console=console(self.stderr), disable=is_quiet, transient=True) as shown:
            task = shown.add_task("Waits for a runner")
            while True:
                detail = get_process_detail(process_id)
                done, left = len(detail.logged), len(detail.progress.shown_pending)
                name = detail.process.last_step or "Waits for a runner"
                shown.update(task, description=name, completed=done, total=done + left)
                if detail.process.status not in RUNNABLE:
                    return
                time.sleep(LOOK_SECONDS)

    def _print(self, process_id: UUID, options: dict[str, Any]) -> None:
        body = detail_body(get_process_detail(process_id))
        if options["json"]:
            print_json(self.stdout, body)
            return
        out = console(self.stdout)
        out.print(f"{body['workflow_name']} {body['process_id']}", style="bold", markup=False, soft_wrap=True)
        out.print(status_text(body["last_status"]), end="")
        out.print(f", started {moment_text(body['started_at'])} UTC by {body['created_by']}", markup=False)
        if body["failed_reason"]:
            out.print(body["failed_reason"], style="red", markup=False)
        if body["note"]:
            out.print(f"Note: {body['note']}", markup=False)
        lines = (
            (step["name"], status_text(step["status"]), moment_text(step["completed"]), _seconds(step))
            for step in body["steps"]
        )
        out.print(table(("Step", "Status", "Ended (UTC)", "Took"), lines))


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a user that has no name
        return SYSTEM


def _seconds(step: JsonObject) -> str:
    if step["status"] == StepStatus.PENDING or step["started"] is None:
        return ""
    return f"{step['completed'] - step['started']:.2f} s"


def _form_text(error: FormException) -> str:
    """Return what is missing or wrong, and how to say it."""
    match error:
        case FormNotCompleteError():
            fields = error.form.get("properties", {})
            required = error.form.get("required", [])
            lines = [f"  {name}{' (required)' if name in required else ''}" for name in fields]
            return "\n".join(["One more page has to be filled in, with --page '{…}'. Its fields:", *lines])
        case FormValidationError():
            lines = [f"  {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors]
            return "\n".join(["A page does not validate:", *lines])
        case _:
            return f"The form does not take these pages: {error}"
