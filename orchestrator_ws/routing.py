"""The websocket side of the project: the origin check in front of the channels."""

from channels.routing import URLRouter
from django.conf import settings as django_settings

from access.origins import ExactOriginValidator
from events.routing import websocket_urlpatterns

websocket_application = ExactOriginValidator(
    URLRouter(websocket_urlpatterns), list(django_settings.ENVIRONMENT.cors_origins)
)
