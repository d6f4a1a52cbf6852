"""The app."""

from django.apps import AppConfig


class GraphqlApiConfig(AppConfig):
    """What the Orchestrator UI reads."""

    name = "graphql_api"
