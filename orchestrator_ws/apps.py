"""Django's registration of the project package."""

from django.apps import AppConfig


class OrchestratorConfig(AppConfig):
    """Registers the checks of a deployment."""

    name = "orchestrator_ws"

    def ready(self) -> None:
        from orchestrator_ws import checks  # noqa: F401  registers the checks
