"""The pages that start a process: which workflow, and its form."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from access.callers import Caller
from access.roles import Role
from console.form_walk import ShownPage, first_page, walk
from console.guards import console_page
from console.rendering import render_page, reporter_of
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.errors import ForbiddenError, NotFoundError, OrchestratorError
from processes.authorization import authorize_start
from processes.form_walks import get_start_page
from processes.models import Workflow
from processes.on_behalf import start_for
from processes.operations import require_startable
from processes.workflow import Target
from processes.workflow.forms import AskedPage
from processes.workflow.registry import WORKFLOWS

SUBSCRIPTION = "subscription_id"
"""In the address of the page, and the field of a first page: which subscription the workflow is for."""


@require_safe
@console_page()
def workflow_list(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the workflows that the caller may start, by what they do."""

    def read() -> dict[str, Any]:
        startable = [row for row in Workflow.objects.order_by("description", "name") if _may_start(row.name, caller)]
        groups = [(target.value, [row for row in startable if row.target == target]) for target in Target]
        return {"groups": [(target, rows) for target, rows in groups if rows]}

    return render_page(request, caller, "workflow_list.html", read)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page()
def start(request: HttpRequest, caller: Caller, workflow_key: str) -> HttpResponse:
    """Show the form of the workflow; start the process when all its pages are filled in."""
    # What is no key may be text that a database cannot look for.
    workflow = Workflow.objects.filter(name=workflow_key).first() if WORKFLOWS.find(workflow_key) else None
    if workflow is None:
        raise Http404(f"There is no workflow {workflow_key}")
    started: list[Any] = []

    def ask(pages: list[JsonObject]) -> AskedPage | None:
        return get_start_page(workflow_key, pages, reporter_of(caller))

    def submit(pages: list[JsonObject]) -> None:
        started.append(start_for(caller, workflow_key, pages, reporter_of(caller)))

    page: ShownPage | None = None
    fault, status = "", 200
    try:
        authorize_start(workflow_key, caller)
        if request.method == "POST":
            page = walk(request.POST, ask, submit)
        else:
            require_startable(workflow_key)
            asked = ask([]) or AskedPage({}, None)
            page = first_page(asked, _given(request, asked.schema))
    except OrchestratorError as error:
        fault, status = str(error), 409
    if started:
        return HttpResponseRedirect(reverse("console:process", args=[started[0]]))
    if page is not None:
        status = page.status
    context = {"workflow": workflow, "form_page": page, "fault": fault}
    return render_page(request, caller, "start.html", lambda: context, status)


def _given(request: HttpRequest, schema: JsonObject) -> dict[str, str] | None:
    """Return what the address says of the subscription, if the first page asks for one."""
    given = request.GET.get(SUBSCRIPTION)
    return {SUBSCRIPTION: given} if given and SUBSCRIPTION in schema.get("properties", {}) else None


def _may_start(workflow_key: str, caller: Caller) -> bool:
    if not caller.may(Role.OPERATE):
        return False
    try:
        authorize_start(workflow_key, caller)
    except (ForbiddenError, NotFoundError):
        return False
    return True
