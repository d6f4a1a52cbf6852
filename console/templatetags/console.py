"""How the console writes values for people."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from processes.allowed_workflows import Reason

register = template.Library()

_REASONS = {
    Reason.NOT_IN_SYNC: "The subscription is out of sync",
    Reason.RELATIONS_NOT_IN_SYNC: "A related subscription is out of sync",
    Reason.INVALID_STATUS: "Not with this status",
    Reason.IN_USE_BY_OTHERS: "Other subscriptions use it",
    Reason.NOT_PERMITTED: "You may not start it",
}
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
SHOWN_CHARACTERS = 10_000
"""How much of a long text a page shows."""
_JSON = json.JSONEncoder(ensure_ascii=False, indent=2, default=str)
_MILLISECOND, _MINUTE, _HOUR = timedelta(milliseconds=1), timedelta(minutes=1), timedelta(hours=1)


@register.filter
def words(name: str) -> str:
    """Write a name of code or of the wire in words: ``awaiting_callback`` as ``awaiting callback``."""
    return name.replace("_", " ").lower()


@register.filter
def moment(value: datetime | float | None) -> SafeString | str:
    """Write a moment, seconds of Unix time or a datetime, in UTC; the page's script turns it into local time."""
    if value is None:
        return "-"
    at = value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), at.strftime("%Y-%m-%d %H:%M:%S UTC"))


@register.filter
def duration(value: timedelta | None) -> str:
    """Write how long something took."""
    if value is None:
        return ""
    if value < _MINUTE:
        milliseconds = value / _MILLISECOND
        return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
    if value < _HOUR:
        return f"{value // _MINUTE} min {value.seconds % 60} s"
    return f"{value // _HOUR} h {value.seconds // 60 % 60} min"


@register.inclusion_tag("console/long_text.html")
def shown_text(text: str, whole_at: str) -> dict[str, Any]:
    """Write a text, its beginning if it is long; ``whole_at`` is the address where all of it is."""
    return {"text": text[:SHOWN_CHARACTERS], "whole_at": whole_at if len(text) > SHOWN_CHARACTERS else ""}


@register.inclusion_tag("console/long_text.html")
def shown_json(value: Any, whole_at: str) -> dict[str, Any]:
    """Write a value as indented JSON, as ``shown_text``."""
    # Written no further than it is shown: a state may have megabytes.
    pieces, text = _JSON.iterencode(value), ""
    while len(text) <= SHOWN_CHARACTERS and (piece := next(pieces, "")):
        text += piece
    return shown_text(text, whole_at)


@register.filter
def markdown(text: str) -> SafeString:
    """Render Markdown; HTML in it is shown, not used."""
    return SafeString(_MARKDOWN.render(text))


@register.filter
def summary_rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Turn a summary of pydantic-forms, which has columns, into rows."""
    cells = zip(*data.get("columns", []), strict=False)
    return [{"label": label, "cells": row} for label, row in zip(data.get("labels", []), cells, strict=False)]


@register.filter
def reason(code: str) -> str:
    """Write why a workflow cannot be started for a subscription in words."""
    return _REASONS[Reason(code)]
