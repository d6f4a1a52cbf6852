"""Django's registration of the project package."""

from django.apps import AppConfig


class OrchestratorConfig(AppConfig):
    """Registers the checks of a deployment, and starts the tracing of one that wants it."""

    name = "orchestrator_ws"

    def ready(self) -> None:
        from django.conf import settings as django_settings

        from orchestrator_ws import checks  # noqa: F401  registers the checks

        if django_settings.ENVIRONMENT.otel_exporter_otlp_endpoint:
            # Imported only where it is wanted: it takes a tenth of a second.
            from orchestrator_ws.trace_export import start_tracing

            start_tracing()
