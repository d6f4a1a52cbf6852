"""The ASGI application that daphne and uvicorn serve."""

import os

from channels.routing import ProtocolTypeRouter
from django.conf import settings as django_settings
from django.core.asgi import get_asgi_application
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator_ws.settings")
http_application = get_asgi_application()

# Importable only now that Django is set up.
from orchestrator_ws.lifespan import lifespan_application  # noqa: E402
from orchestrator_ws.log_context import Application, with_connection_id, with_request_id  # noqa: E402
from orchestrator_ws.request_bodies import BoundedBodies  # noqa: E402
from orchestrator_ws.request_places import BoundedRequests  # noqa: E402
from orchestrator_ws.routing import websocket_application  # noqa: E402

http: Application = BoundedBodies(BoundedRequests(http_application))
if django_settings.ENVIRONMENT.otel_exporter_otlp_endpoint:
    # Imported only where it is wanted: it takes a tenth of a second.
    from orchestrator_ws.trace_export import traced_requests

    http = traced_requests(http)
routes = ProtocolTypeRouter(
    {
        "http": with_request_id(http),
        "websocket": with_connection_id(websocket_application),
        "lifespan": lifespan_application,
    }
)
application = ProxyHeadersMiddleware(routes, list(django_settings.ENVIRONMENT.forwarded_allow_ips))
