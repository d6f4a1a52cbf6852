"""Django's registration of products and subscriptions."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Nothing to start: ``processes``, above, fills the slot of ``subscriptions.unfinished_processes``."""

    name = "subscriptions"
