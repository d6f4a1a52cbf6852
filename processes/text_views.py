"""The REST views of what people read about workflows: translations and guides."""

from http import HTTPStatus
from typing import Annotated

from pydantic import Field, TypeAdapter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orchestrator_ws.request_validation import validate
from processes import text_openapi
from processes.queries import get_translations
from processes.workflow_texts import LOCALE, WORKFLOW_TEXTS

_LANGUAGE = TypeAdapter(Annotated[str, Field(pattern=LOCALE)])


@text_openapi.translations
class TranslationsView(APIView):
    """``GET /api/translations/{language}``: ``docs/rest.md``, section 7."""

    def get(self, request: Request, language: str) -> Response:
        """Answer the texts of a language, nothing if there are none."""
        found = get_translations(validate(_LANGUAGE, language, "path", "language"))
        return Response({} if found is None else found.model_dump())


@text_openapi.guide
class GuideView(APIView):
    """``GET /api/workflow_user_guides/{name}``."""

    def get(self, request: Request, name: str) -> Response:
        """Answer the Markdown as JSON text."""
        guide = WORKFLOW_TEXTS.find_guide(name)
        if guide is None:
            return Response({"detail": "Workflow guide not found"}, HTTPStatus.NOT_FOUND)
        return Response(guide)


@text_openapi.surf_guide
class SurfGuideView(GuideView):
    """The same where the Orchestrator UI asks for it: ``GET /api/surf/workflow_user_guides/{name}``."""
