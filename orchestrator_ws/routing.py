"""The websocket side of the project: the checks of transport and origin in front of the channels."""

from channels.routing import URLRouter
from django.conf import settings as django_settings

from access.origins import ExactOriginValidator
from access.secure_transport import SecureTransport
from events.routing import websocket_urlpatterns

websocket_application = SecureTransport(
    ExactOriginValidator(URLRouter(websocket_urlpatterns), list(django_settings.ENVIRONMENT.cors_origins)),
    is_required=django_settings.ENVIRONMENT.https,
)
