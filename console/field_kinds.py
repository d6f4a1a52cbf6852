"""What kind of field a JSON Schema of pydantic-forms describes (``docs/rest.md``, section 5)."""

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]


class Kind(StrEnum):
    """How a field is shown; each has a template of its name."""

    TEXT = auto()
    LONG_TEXT = auto()
    INTEGER = auto()
    NUMBER = auto()
    CHECKBOX = auto()
    CHOICE = auto()
    CHOICES = auto()
    DATE = auto()
    TIME = auto()
    DATE_TIME = auto()
    TIMESTAMP = auto()
    LINES = auto()
    ROWS = auto()
    GROUP = auto()
    JSON = auto()
    ACCEPT = auto()
    # Shown only: nothing is sent for them.
    READ_ONLY = auto()
    LABEL = auto()
    DIVIDER = auto()
    CALLOUT = auto()
    MARKDOWN = auto()
    SUMMARY = auto()
    SUBSCRIPTION = auto()
    HIDDEN = auto()


SHOWN_ONLY = frozenset(
    {
        Kind.READ_ONLY,
        Kind.LABEL,
        Kind.DIVIDER,
        Kind.CALLOUT,
        Kind.MARKDOWN,
        Kind.SUMMARY,
        Kind.SUBSCRIPTION,
        Kind.HIDDEN,
    }
)
_OF_FORMAT = {
    "divider": Kind.DIVIDER,
    "label": Kind.LABEL,
    "callout": Kind.CALLOUT,
    "markdown": Kind.MARKDOWN,
    "summary": Kind.SUMMARY,
    "subscription": Kind.SUBSCRIPTION,
    "hidden": Kind.HIDDEN,
    "accept": Kind.ACCEPT,
    "long": Kind.LONG_TEXT,
    "timestamp": Kind.TIMESTAMP,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "date-time": Kind.DATE_TIME,
}
_OF_TYPE = {
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.CHECKBOX,
    "object": Kind.GROUP,
    "string": Kind.TEXT,
}


def field_kind(schema: Schema, root: Schema) -> Kind:
    """Return the kind of the schema, which is resolved."""
    form_kind = _OF_FORMAT.get(schema.get("format", ""))
    if form_kind is not None:
        return form_kind
    if schema.get("readOnly") or "const" in schema:
        return Kind.READ_ONLY
    if "enum" in schema:
        return Kind.CHOICE
    if schema.get("type") == "array":
        item, _ = resolved(schema.get("items", {}), root)
        if "enum" in item:
            return Kind.CHOICES
        if item.get("type") == "object":
            return Kind.ROWS
        return Kind.LINES if item.get("type") in ("string", "integer", "number") else Kind.JSON
    if schema.get("type") == "object" and "properties" not in schema:
        return Kind.JSON
    return _OF_TYPE.get(schema.get("type", ""), Kind.JSON)


def resolved(schema: Schema, root: Schema) -> tuple[Schema, bool]:
    """Return the schema with what it refers to in place, and whether null is a value of it."""
    merged, is_nullable = dict(schema), False
    while True:
        if "$ref" in merged:
            merged = {**root["$defs"][merged.pop("$ref").rpartition("/")[2]], **merged}
        elif len(merged.get("allOf", ())) == 1:
            merged = {**merged.pop("allOf")[0], **merged}
        elif "anyOf" in merged:
            alternatives = [each for each in merged["anyOf"] if each.get("type") != "null"]
            is_nullable = is_nullable or len(alternatives) < len(merged["anyOf"])
            if len(alternatives) != 1:
                return merged, is_nullable
            del merged["anyOf"]
            merged = {**alternatives[0], **merged}
            if is_nullable and "const" in merged:  # not the only value
                merged["enum"] = [merged.pop("const")]
        else:
            return merged, is_nullable
