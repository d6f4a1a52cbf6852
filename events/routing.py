"""The websocket routes; any other path is refused with HTTP 403."""

from django.urls import re_path

from access.origins import RefuseHandshake
from events.consumers import EngineSettingsConsumer, EventsConsumer, ProcessesConsumer

websocket_urlpatterns = [
    re_path(r"^api/ws/events$", EventsConsumer.as_asgi()),
    re_path(r"^api/settings/ws-status/$", EngineSettingsConsumer.as_asgi()),
    re_path(r"^api/processes/all/$", ProcessesConsumer.as_asgi()),
    re_path(r"", RefuseHandshake.as_asgi()),
]
