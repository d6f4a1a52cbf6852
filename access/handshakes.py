"""What a websocket handshake says, out of its ASGI scope."""

from typing import Any
from urllib.parse import parse_qs


def header_values(scope: dict[str, Any], name: bytes) -> list[str]:
    """Return the values of all headers of that name, which is in lower case."""
    return [value.decode("latin-1") for each, value in scope["headers"] if each == name]


def query_values(scope: dict[str, Any], name: str) -> list[str]:
    """Return the values of the query parameter, empty ones too."""
    return parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get(name, [])
