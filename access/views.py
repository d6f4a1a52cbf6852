"""The REST views by which an administrator disconnects somebody, and pages report what they have to say."""

from typing import Any

from pydantic import TypeAdapter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access import openapi
from access.operations import disconnect
from access.page_reports import log_page_error, log_page_message
from access.rest_authentication import request_caller
from access.roles import Role
from access.serializers import Disconnection, PageMessage
from audit.origins import SYSTEM
from orchestrator_ws.request_validation import read_json, validate

_DISCONNECTION = TypeAdapter(Disconnection)
_REPORT = TypeAdapter(dict[str, Any])
_MESSAGE = TypeAdapter(PageMessage)


@openapi.disconnect
class DisconnectView(APIView):
    """``POST /api/access/disconnect``: ``docs/rest.md``, section 9."""

    roles = {"POST": Role.ADMIN}

    def post(self, request: Request) -> Response:
        """Disconnect somebody, and keep them out if that is asked for."""
        asked = validate(_DISCONNECTION, read_json(request), "body")
        disconnect(asked.principal, by=getattr(request.user, "name", None) or SYSTEM, block=asked.block)
        return Response(status=204)


@openapi.page_error
class PageErrorView(APIView):
    """``POST /api/user/error``."""

    roles = {"POST": Role.VIEW}

    def post(self, request: Request) -> Response:
        """Log what went wrong in a page."""
        log_page_error(request_caller(request), validate(_REPORT, read_json(request), "body"))
        return Response({})


@openapi.page_message
class PageMessageView(APIView):
    """``POST /api/user/log/{user_name}``."""

    roles = {"POST": Role.VIEW}

    def post(self, request: Request, user_name: str) -> Response:
        """Log what a page tells."""
        told = validate(_MESSAGE, read_json(request), "body")
        log_page_message(request_caller(request), user_name, told.message)
        return Response({})
