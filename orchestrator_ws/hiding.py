"""Take secrets out of texts: errors cite them, whole or cut short, as they are or encoded. Plain Python."""

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"

MIN_HIDDEN_LENGTH = 4
"""Shorter values, and shorter pieces of them, are not looked for: they stand in every text."""

MAX_PIECE_LENGTH = 100
"""Longest piece of a secret that is looked for beside an ellipsis; pydantic leaves 25 characters."""

_ELLIPSIS = re.compile(r"(\.\.\.|…)")


def hide(value: Any, secrets: frozenset[str]) -> Any:
    """Return the JSON value, or the text, with ``***`` in place of the secrets.

    They are found too as Python, JSON and addresses write them, and where an ellipsis has cut their beginning or end.
    """
    if not secrets:
        return value
    forms = {form for secret in secrets for form in _forms(secret)}
    # The longest first: one secret may be the beginning of another.
    whole = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))
    beginnings, endings = sorted(forms), sorted(form[::-1] for form in forms)
    return change_texts(value, lambda text: _hide_pieces(whole.sub(MASK, text), beginnings, endings))


def change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return the JSON value, or the text, with each text in it changed; keys stay."""
    match value:
        case str():
            return change(value)
        case dict():
            return {key: change_texts(part, change) for key, part in value.items()}
        case list():
            return [change_texts(part, change) for part in value]
        case _:
            return value


def _forms(secret: str) -> set[str]:
    as_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    in_address = {
        quote(secret, errors="replace"),
        quote(secret, "", errors="replace"),
        quote_plus(secret, errors="replace"),
    }
    return {secret, repr(secret)[1:-1], *as_json, *in_address}


def _hide_pieces(text: str, beginnings: list[str], endings: list[str]) -> str:
    """Return the text without beginnings of secrets that stand before an ellipsis, and ends that stand after one.

    Both lists are in order; the ends are written backwards.
    """
    parts = _ELLIPSIS.split(text)
    for at in range(0, len(parts) - 2, 2):
        before, after = parts[at], parts[at + 2]
        if length := _longest((before[-length:] for length in _lengths(before)), beginnings):
            parts[at] = before[:-length] + MASK
        if length := _longest((after[:length][::-1] for length in _lengths(after)), endings):
            parts[at + 2] = MASK + after[length:]
    return "".join(parts)


def _lengths(text: str) -> Iterable[int]:
    return range(min(len(text), MAX_PIECE_LENGTH), MIN_HIDDEN_LENGTH - 1, -1)


def _longest(pieces: Iterable[str], ordered: list[str]) -> int:
    """Return the length of the first piece with which one of the ordered texts begins, 0 if there is none."""
    for piece in pieces:
        at = bisect_left(ordered, piece)
        if at < len(ordered) and ordered[at].startswith(piece):
            return len(piece)
    return 0
