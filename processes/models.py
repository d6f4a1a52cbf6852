"""The rows of the process engine."""

import uuid

from django.db import models
from django.db.models.functions import Now, Upper

from orchestrator_ws.tracing import MAX_TRACEPARENT_LENGTH, current_traceparent
from processes.statuses import ProcessStatus, StepStatus
from processes.workflow import Assignee, Target
from subscriptions.models import Product, Subscription

MAX_NOTE_LENGTH = 5000


class Workflow(models.Model):
    """The row of a workflow; it outlives the definition in the code, and its description may be edited."""

    workflow_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255, unique=True)
    description = models.TextField(blank=True)
    target = models.CharField(max_length=16, choices=[(target.value, target.value) for target in Target])
    is_task = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)
    products = models.ManyToManyField(Product, through="ProductWorkflow", related_name="workflows")

    def __str__(self) -> str:
        return self.name


class ProductWorkflow(models.Model):
    """The workflow may be started for the product, or for subscriptions to it."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="workflow_links")
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="product_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "workflow"], name="product_workflow_once")]

    def __str__(self) -> str:
        return f"{self.workflow} for {self.product}"


class Process(models.Model):
    """One run of a workflow.

    ``lease_token`` and ``lease_expires_at`` say which runner holds it; only ``processes.leases`` and
    ``processes.step_log`` write them.
    """

    process_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="processes")
    is_task = models.BooleanField()
    last_status = models.CharField(
        max_length=32,
        choices=[(status.value, status.value) for status in ProcessStatus],
        default=ProcessStatus.CREATED.value,
    )
    last_step = models.CharField(max_length=255, null=True)
    assignee = models.CharField(
        max_length=16,
        choices=[(assignee.value, assignee.value) for assignee in Assignee],
        default=Assignee.SYSTEM.value,
    )
    created_by = models.CharField(max_length=255, null=True)
    failed_reason = models.TextField(null=True)
    traceback = models.TextField(null=True)
    note = models.TextField(null=True, max_length=MAX_NOTE_LENGTH)
    started_at = models.DateTimeField()
    last_modified_at = models.DateTimeField()
    # When maintenance has to act: retry a process that waits, fail one whose callback did not come. Null: never.
    due_at = models.DateTimeField(null=True, editable=False)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "processes"
        permissions = [("resume_process", "Can resume process"), ("abort_process", "Can abort process")]
        indexes = [
            models.Index(fields=["last_status", "is_task"]),
            # The two orders of the list, whole, so that a page is found in the index alone.
            models.Index(fields=["-started_at", "process_id"], name="process_newest"),
            models.Index(fields=["-last_modified_at", "process_id"], name="process_latest"),
            # As the list compares text.
            models.Index(Upper("created_by"), name="process_created_by"),
            models.Index(
                fields=["lease_expires_at"], condition=models.Q(lease_token__isnull=False), name="process_live"
            ),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="process_due"),
        ]

    def __str__(self) -> str:
        return str(self.process_id)

    @property
    def status(self) -> ProcessStatus:
        """The stored status as its enum member."""
        return ProcessStatus(self.last_status)


class ProcessStep(models.Model):
    """One logged step; the order of ``id`` is the order in which steps ended. A group is one row for all its steps."""

    id = models.BigAutoField(primary_key=True)
    step_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=255)
    status = models.CharField(max_length=32, choices=[(status.value, status.value) for status in StepStatus])
    state = models.JSONField()
    # What a group that failed goes on with, since its state holds the error: that of its last good sub-step.
    group_state = models.JSONField(null=True, editable=False)
    created_by = models.CharField(max_length=255, null=True)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"


class ProcessInput(models.Model):
    """What was handed in from outside: the initial state at the start, then one row per accepted resume.

    Only ids travel to an executor, so a runner on any host finds here what it works with, and for whom.
    """

    id = models.BigAutoField(primary_key=True)
    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="inputs")
    state = models.JSONField()
    created_by = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    used = models.BooleanField(default=False)
    # The span of whoever handed it in, with which the run goes on (``orchestrator_ws.tracing``). Empty without one.
    traceparent = models.CharField(
        max_length=MAX_TRACEPARENT_LENGTH, blank=True, db_default="", default=current_traceparent, editable=False
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"input {self.pk} of {self.process_id}"


class ExecutorHost(models.Model):
    """An OS process that runs processes or hands them out; gone or expired when it is."""

    host_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    executor = models.CharField(max_length=32)
    runner_count = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.name}:{self.pid}"


class ProcessSubscription(models.Model):
    """The process works on the subscription; the order of ``id`` is the order in which they were related."""

    id = models.BigAutoField(primary_key=True)
    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="subscription_links")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="process_links")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["process", "subscription"], name="process_subscription_once")]

    def __str__(self) -> str:
        return f"{self.process_id} works on {self.subscription_id}"


class MaintenanceLease(models.Model):
    """Which host does maintenance: a single row, written only by ``processes.maintenance_lease``."""

    ONLY_ID = 1

    holder = models.CharField(max_length=255, null=True)
    token = models.UUIDField(null=True, editable=False)
    held_since = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "maintenance lease"

    def __str__(self) -> str:
        return self.holder or "nobody"


class MaintenanceJob(models.Model):
    """What a job of the maintenance loop did last, for people who look."""

    name = models.CharField(primary_key=True, max_length=64)
    last_ran_at = models.DateTimeField()
    last_result = models.CharField(max_length=255, blank=True)
    last_result_at = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=255, blank=True)
    last_failed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class ResumeRequest(models.Model):
    """A task that a resume of all tasks has still to resume."""

    process = models.OneToOneField(Process, on_delete=models.CASCADE, primary_key=True, related_name="+")
    # Its newest step row when the caller was authorized: if there is a newer one it is not resumed.
    judged_row = models.BigIntegerField(db_default=0)
    created_by = models.CharField(max_length=255)

    def __str__(self) -> str:
        return f"resume {self.process_id}"
