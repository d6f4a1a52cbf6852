"""Which JSON values every database, every answer and every frame can hold; plain Python."""

from math import isfinite
from typing import Any

MAX_DEPTH = 100
"""Nesting that every parser and serializer between browser and database takes."""


def require_storable(value: Any, depth: int = 0) -> None:
    """Let pass a value made of dicts, lists, text, numbers, booleans and None; ``depth`` is how deep it will stand.

    Raises:
        ValueError: it holds a NUL character, a lone surrogate or a number that is not finite, or is nested deeper than
            ``MAX_DEPTH``.
    """
    waiting = [(value, depth)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH}")
        match item:
            case str():
                _require_text(item)
            case float() if not isfinite(item):
                raise ValueError(f"{item} is no JSON number")
            case dict():
                waiting += [(part, depth + 1) for pair in item.items() for part in pair]
            case list():
                waiting += [(part, depth + 1) for part in item]


def _require_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("text holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("text holds a lone surrogate") from None
