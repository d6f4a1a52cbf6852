"""Django's registration of the process engine."""

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.db.models.signals import post_migrate

OWN_MODULES = [
    "processes.demo_workflows",
    "processes.demo_subscriptions",
    "processes.note_workflow",
    "processes.maintenance_tasks",
]


class ProcessesConfig(AppConfig):
    """Loads the workflow modules and their texts, and fills the slots of the apps below."""

    name = "processes"

    def ready(self) -> None:
        from events import health, sources
        from events.groups import Channel
        from orchestrator_ws.errors import ConfigurationError
        from processes import executor_host, leases, recovery, relations
        from processes.registration import store_workflows
        from processes.serializers import channel_body
        from processes.workflow.errors import WorkflowDefinitionError
        from processes.workflow.registry import load_modules
        from processes.workflow_texts import WORKFLOW_TEXTS
        from settings import running_count
        from settings.signals import engine_locked, engine_unlocked
        from subscriptions import unfinished_processes

        modules = [*OWN_MODULES, *django_settings.ENVIRONMENT.workflow_modules]
        try:
            load_modules(modules)
            WORKFLOW_TEXTS.read(modules)
        except WorkflowDefinitionError as error:
            raise ConfigurationError(f"WORKFLOW_MODULES: {error}") from error
        sources.provide(Channel.PROCESSES, channel_body)
        running_count.provide(leases.count_live)
        health.provide(executor_host.list_faults)
        unfinished_processes.provide(relations.list_unfinished)
        post_migrate.connect(store_workflows, sender=self, dispatch_uid="processes.registration")
        engine_locked.connect(leases.drop_expired, dispatch_uid="processes.leases")
        engine_unlocked.connect(recovery.resume_standing, dispatch_uid="processes.recovery")
