"""The REST view by which an administrator disconnects somebody."""

from pydantic import TypeAdapter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access import openapi
from access.operations import disconnect
from access.roles import Role
from access.serializers import Disconnection
from audit.origins import SYSTEM
from orchestrator_ws.request_validation import read_json, validate

_DISCONNECTION = TypeAdapter(Disconnection)


@openapi.disconnect
class DisconnectView(APIView):
    """``POST /api/access/disconnect``: ``docs/rest.md``, section 9."""

    roles = {"POST": Role.ADMIN}

    def post(self, request: Request) -> Response:
        """Disconnect somebody, and keep them out if that is asked for."""
        asked = validate(_DISCONNECTION, read_json(request), "body")
        disconnect(asked.principal, by=getattr(request.user, "name", None) or SYSTEM, block=asked.block)
        return Response(status=204)
