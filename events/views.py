"""The health endpoints."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from events import openapi
from events.health import recent_reasons


@openapi.health
class HealthView(APIView):
    """``GET /api/health/``: ``docs/rest.md``, section 7; open to everyone."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        """Answer ``"OK"``, or what is degraded; 500 if the database does not answer."""
        reasons = recent_reasons()
        return Response({"status": "degraded", "reasons": reasons} if reasons else "OK")


@openapi.live
class LiveView(APIView):
    """``GET /api/health/live``: open to everyone, and asks nobody."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        """Answer ``"OK"``: whoever gets no answer may start the server anew, which would mend nothing else."""
        return Response("OK")
