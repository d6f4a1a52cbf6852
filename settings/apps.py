"""Django's registration of the engine settings."""

from django.apps import AppConfig


class EngineSettingsConfig(AppConfig):
    """Hands the engine's status to the ``engine-settings`` channel."""

    name = "settings"
    label = "engine_settings"
    verbose_name = "Engine"

    def ready(self) -> None:
        from events import sources
        from events.groups import Channel
        from settings.queries import get_engine_status

        sources.provide(Channel.ENGINE_SETTINGS, lambda _: {**get_engine_status().body()})
