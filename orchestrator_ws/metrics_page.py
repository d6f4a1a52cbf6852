"""The metrics of this server, for Prometheus: ``GET /metrics`` (``docs/operations.md``)."""

import os

from django.conf import settings as django_settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from access.callers import Caller
from access.rest_authentication import CallerAuthentication
from access.roles import Role
from orchestrator_ws.environment import METRICS_FOLDER
from orchestrator_ws.metrics_token import AUTHENTICATE, brings_token
from processes.process_metrics import ProcessMetrics


class MetricsTokenAuthentication(BaseAuthentication):
    """Lets in whoever brings ``METRICS_TOKEN`` as bearer token, to look; leaves any other to the next one."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        """Return the caller, None for another token or none."""
        if not brings_token(request.headers.get("Authorization", ""), django_settings.ENVIRONMENT.metrics_token):
            return None
        return Caller(name="metrics", roles=frozenset({Role.VIEW})), None

    def authenticate_header(self, request: Request) -> str:
        """Return the value of ``WWW-Authenticate``, which makes a refusal a 401."""
        return AUTHENTICATE


class MetricsView(APIView):
    """``GET /metrics``: open to the role ``view`` and to ``METRICS_TOKEN``."""

    authentication_classes = (MetricsTokenAuthentication, CallerAuthentication)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer what all OS processes of this server have counted, and how many processes there are."""
        return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    if METRICS_FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        # This OS process is the only one of its server.
        registry.register(REGISTRY)
    registry.register(ProcessMetrics())
    return registry
