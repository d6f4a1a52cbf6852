"""Content negotiation without choice: every answer of the REST API is JSON, whatever the client accepts."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder


class JsonOnly(BaseContentNegotiation):
    """Selects the first parser and renderer, of which there is one each."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """Return the only parser."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the only renderer and its media type."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class ModelEncoder(JSONEncoder):
    """Writes a model of pydantic as an object; Django REST framework would write it as a list of pairs."""

    def default(self, obj: Any) -> Any:
        """Return something that the encoder knows."""
        return obj.model_dump() if isinstance(obj, BaseModel) else super().default(obj)


class JsonRenderer(JSONRenderer):
    """Renders None as ``null``, where Django REST framework leaves the body out; a 204 or 304 has none."""

    encoder_class = ModelEncoder

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the body."""
        status = renderer_context["response"].status_code if renderer_context else HTTPStatus.OK
        if data is None and status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            return b"null"
        return super().render(data, accepted_media_type, renderer_context)
