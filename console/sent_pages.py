"""What a person sent, as the page of JSON that a form takes.

pydantic validates: what is typed into a number field and is no number goes on as it is, and comes back with the error
of its field.
"""

import contextlib
import json
import math
from typing import Any

from django.http import QueryDict

from console.checklists import checklist
from console.field_kinds import SHOWN_ONLY, Kind, Schema, field_kind, resolved
from console.moments import sent_moment, sent_timestamp
from orchestrator_ws.contracts import JsonObject


def read_page(schema: Schema, sent: QueryDict) -> JsonObject:
    """Return the page that the fields of the schema hold in what a person sent."""
    return _read_object(schema, schema, (), sent)


def _read_object(schema: Schema, root: Schema, location: tuple[str, ...], sent: QueryDict) -> JsonObject:
    page: JsonObject = {}
    for key, own in schema.get("properties", {}).items():
        child, is_nullable = resolved(own, root)
        kind = field_kind(child, root)
        if kind in SHOWN_ONLY:
            # A value that is the only one, and no default: it has to be sent all the same.
            if "const" in child and key in schema.get("required", ()):
                page[key] = child["const"]
            continue
        value = _read(kind, child, root, (*location, key), sent)
        # Nothing typed: null where that is a value, else the default; pydantic says where neither is.
        if is_nullable and kind is not Kind.CHECKBOX and not _is_filled((*location, key), sent):
            page[key] = None
        elif value != "":
            page[key] = value
    return page


def _read(kind: Kind, schema: Schema, root: Schema, location: tuple[str, ...], sent: QueryDict) -> Any:
    name = ".".join(location)
    text = sent.get(name, "")
    match kind:
        case Kind.CHECKBOX:
            return name in sent
        case Kind.CHOICE:
            return _member(text, schema)
        case Kind.CHOICES:
            item, _ = resolved(schema["items"], root)
            return [_member(chosen, item) for chosen in sent.getlist(name)]
        case Kind.ACCEPT:
            missing = [item for item in checklist(schema, name, sent) if item.is_required and not item.is_ticked]
            return "INCOMPLETE" if missing else "ACCEPTED"
        case Kind.INTEGER | Kind.NUMBER:
            return _number(text)
        case Kind.TIMESTAMP:
            return sent_timestamp(text)
        case Kind.DATE_TIME:
            return sent_moment(text, schema.get("default"))
        case Kind.LINES:
            numeric = resolved(schema["items"], root)[0].get("type") in ("integer", "number")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            return list(map(_number, lines)) if numeric else lines
        case Kind.JSON:
            return _json(text)
        case Kind.GROUP:
            return _read_object(schema, root, location, sent)
        case Kind.ROWS:
            item, _ = resolved(schema["items"], root)
            rows = [(*location, number) for number in _row_numbers(name, sent)]
            return [_read_object(item, root, row, sent) for row in rows if _is_filled(row, sent)]
        case _:
            # Browsers count a line's end as one character, and send two.
            return text.replace("\r\n", "\n")


def _row_numbers(name: str, sent: QueryDict) -> list[str]:
    """Return the numbers of the rows that were sent, in order."""
    prefix = f"{name}."
    numbers = {key.removeprefix(prefix).partition(".")[0] for key in sent if key.startswith(prefix)}
    return sorted((number for number in numbers if number.isdecimal()), key=lambda number: (len(number), number))


def _is_filled(location: tuple[str, ...], sent: QueryDict) -> bool:
    """Return whether anything was typed or ticked there, or inside of it."""
    name = ".".join(location)
    return any(any(texts) for key, texts in sent.lists() if key == name or key.startswith(f"{name}."))


def _member(text: str, schema: Schema) -> Any:
    return next((value for value in schema["enum"] if str(value) == text), text)


def _number(text: str) -> Any:
    """Return the number, or the text if it is none that JSON can hold."""
    with contextlib.suppress(ValueError):
        return int(text)
    with contextlib.suppress(ValueError):
        if math.isfinite(number := float(text)):
            return number
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
