"""The REST views of the engine's status, and of the settings page of the Orchestrator UI."""

from django.conf import settings as django_settings
from pydantic import TypeAdapter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.roles import Role
from orchestrator_ws.request_validation import read_json, validate
from settings import openapi
from settings.operations import CACHE_NAMES, flush_cache, set_global_lock
from settings.overview import list_settings
from settings.queries import get_engine_status
from settings.serializers import EngineStatusChange

_CHANGE = TypeAdapter(EngineStatusChange)


@openapi.engine_status
class EngineStatusView(APIView):
    """``/api/settings/status``: ``docs/rest.md``, section 6."""

    roles = {"PUT": Role.ENGINE}

    def get(self, request: Request) -> Response:
        """Answer the present status."""
        return Response(get_engine_status().body())

    def put(self, request: Request) -> Response:
        """Lock or unlock the engine and answer the new status."""
        change = validate(_CHANGE, read_json(request), "body")
        return Response(set_global_lock(change.global_lock).body())


@openapi.cache_names
class CacheNamesView(APIView):
    """``GET /api/settings/cache-names``."""

    def get(self, request: Request) -> Response:
        """Answer the caches that can be flushed."""
        return Response(CACHE_NAMES)


@openapi.cache
class CacheView(APIView):
    """``DELETE /api/settings/cache/{name}``."""

    def delete(self, request: Request, name: str) -> Response:
        """Flush the cache."""
        return Response(flush_cache(name))


@openapi.search_index
class SearchIndexView(APIView):
    """``POST /api/settings/search-index/reset``."""

    def post(self, request: Request) -> Response:
        """Do nothing: the database keeps its indices right by itself."""
        return Response(None)


@openapi.overview
class OverviewView(APIView):
    """``GET /api/settings/overview``."""

    def get(self, request: Request) -> Response:
        """Answer the settings of this server that anybody may see."""
        return Response(list_settings(django_settings.ENVIRONMENT))
