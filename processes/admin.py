"""Processes and workflows in Django admin: to look at, and to resume, abort and delete through the operations."""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings as django_settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from pydantic_forms.exceptions import FormException

from access.sessions import page_caller
from audit.actions import Action, Kind
from audit.recording import audit
from orchestrator_ws.errors import OrchestratorError
from processes import operations
from processes.confirmation import asks
from processes.models import (
    ExecutorHost,
    MaintenanceJob,
    MaintenanceLease,
    Process,
    ProcessStep,
    ProcessSubscription,
    ProductWorkflow,
    Workflow,
)
from processes.on_behalf import resume_for
from processes.registration import describe_workflow


class ReadOnlyAdmin(admin.options.BaseModelAdmin[Any]):
    """Shows, never edits: rows of the engine are written by the engine."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: deleting is an action, through the operation."""
        return False


class ProcessStepInline(ReadOnlyAdmin, admin.TabularInline[ProcessStep, Process]):
    """The steps of a process, in the order in which they ended."""

    model = ProcessStep
    fields = ["name", "status", "created_by", "started_at", "completed_at", "masked_state"]
    readonly_fields = ["masked_state"]
    extra = 0

    @admin.display(description="state")
    def masked_state(self, row: ProcessStep) -> str:
        """Return the state as JSON, as far as it is shown to anybody."""
        return json.dumps(django_settings.MASKING.mask(row.state), ensure_ascii=False)


class ProcessSubscriptionInline(ReadOnlyAdmin, admin.TabularInline[ProcessSubscription, Process]):
    """The subscriptions that a process works on, the first one first."""

    model = ProcessSubscription
    fields = ["subscription"]
    extra = 0


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin, admin.ModelAdmin[Process]):
    """The list of processes, with an action for each operation and its permission."""

    list_display = ["workflow", "last_status", "last_step", "started_at", "created_by", "process_id"]
    list_filter = ["last_status", "is_task", "workflow"]
    search_fields = ["process_id", "workflow__name", "note"]
    list_select_related = ["workflow"]
    ordering = ["-started_at"]
    inlines = [ProcessSubscriptionInline, ProcessStepInline]
    exclude = ["due_at", "lease_token", "lease_expires_at"]
    actions = ["resume", "abort", "delete_task"]

    def has_resume_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may resume processes."""
        return request.user.has_perm("processes.resume_process")

    def has_abort_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may abort processes."""
        return request.user.has_perm("processes.abort_process")

    def has_delete_task_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may delete tasks."""
        return request.user.has_perm("processes.delete_process")

    @admin.action(permissions=["resume"], description="Resume selected processes")
    def resume(self, request: HttpRequest, processes: QuerySet[Process]) -> None:
        """Resume those that need no input, and that the workflow's authorizers let the user resume."""
        caller = page_caller(request)
        self._each(request, processes, "resumed", lambda pid: resume_for(caller, pid, [], _reporter(request)))

    @admin.action(permissions=["abort"], description="Abort selected processes")
    @asks("Abort these processes for good?")
    def abort(self, request: HttpRequest, processes: QuerySet[Process]) -> None:
        """Abort them."""
        self._each(request, processes, "aborted", lambda pid: operations.abort_process(pid, _reporter(request)))

    @admin.action(permissions=["delete_task"], description="Delete selected tasks")
    @asks("Delete these tasks with all their steps?")
    def delete_task(self, request: HttpRequest, processes: QuerySet[Process]) -> None:
        """Delete those that are tasks."""
        self._each(request, processes, "deleted", operations.delete_task)

    def _each(
        self, request: HttpRequest, processes: QuerySet[Process], done: str, operation: Callable[[Any], None]
    ) -> None:
        for process_id in processes.values_list("pk", flat=True):
            try:
                operation(process_id)
            except FormException:
                messages.error(request, f"{process_id}: its form has to be filled in, which admin cannot do")
            except OrchestratorError as error:
                messages.error(request, f"{process_id}: {error}")
            else:
                messages.success(request, f"{process_id} {done}")


class ProductWorkflowInline(admin.TabularInline[ProductWorkflow, Workflow]):
    """The products of a workflow."""

    model = ProductWorkflow
    extra = 0


@admin.register(Workflow)
class WorkflowAdmin(admin.ModelAdmin[Workflow]):
    """The list of workflows, of which the code makes the rows; a person describes them and chooses their products."""

    list_display = ["name", "target", "is_task", "description"]
    list_filter = ["target", "is_task", "products"]
    search_fields = ["name", "description"]
    ordering = ["name"]
    readonly_fields = ["name", "target", "is_task", "workflow_id", "created_at"]
    fields = ["name", "target", "is_task", "workflow_id", "created_at", "description"]
    inlines = [ProductWorkflowInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a workflow is code."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Workflow | None = None) -> bool:
        """Refuse: processes of it may still be shown."""
        return False

    def save_model(self, request: HttpRequest, obj: Workflow, form: ModelForm[Workflow], change: bool) -> None:
        """Store the description, the only field that can be edited, through the operation."""
        if form.has_changed():
            describe_workflow(obj.pk, obj.description)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Store for which products the workflow may be started."""
        super().save_formset(request, form, formset, change)
        if formset.has_changed():
            audit(Action.CHOOSE_PRODUCTS, Kind.WORKFLOW, form.instance.pk)


@admin.register(ExecutorHost)
class ExecutorHostAdmin(ReadOnlyAdmin, admin.ModelAdmin[ExecutorHost]):
    """The hosts that live, and those that died a moment ago."""

    list_display = ["name", "pid", "executor", "runner_count", "started_at", "expires_at"]
    ordering = ["name", "pid"]


@admin.register(MaintenanceLease)
class MaintenanceLeaseAdmin(ReadOnlyAdmin, admin.ModelAdmin[MaintenanceLease]):
    """Which host does maintenance, and since when."""

    list_display = ["holder", "held_since", "expires_at"]
    exclude = ["token"]


@admin.register(MaintenanceJob)
class MaintenanceJobAdmin(ReadOnlyAdmin, admin.ModelAdmin[MaintenanceJob]):
    """What each job of maintenance did last, and how it failed last."""

    list_display = ["name", "last_ran_at", "last_result", "last_result_at", "last_failure", "last_failed_at"]
    ordering = ["name"]


def _reporter(request: HttpRequest) -> str:
    return request.user.get_username()
