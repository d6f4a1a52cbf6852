"""Moments as the browser's control for a date and a time shows and sends them: in UTC, without saying so."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from orchestrator_ws.contracts import JsonObject


def shown_moment(value: Any) -> Any:
    """Return the moment as the control shows it; what is none is returned as it is."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError):
        return value
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def shown_timestamp(value: Any) -> Any:
    """Return the seconds since 1970 as the control shows them."""
    return shown_moment(datetime.fromtimestamp(value, UTC).isoformat()) if isinstance(value, int | float) else value


def sent_moment(text: str, default: Any) -> str:
    """Return what was sent: the default itself while it is the one shown; with a time zone, if the default has one."""
    if text == shown_moment(default):
        return str(default)
    with suppress(TypeError, ValueError):
        if datetime.fromisoformat(default).tzinfo is not None:
            return _in_utc(text)
    return text


def sent_timestamp(text: str) -> Any:
    """Return the seconds since 1970, or the text if it is no moment."""
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return text


def put_in_utc(page: JsonObject, location: Sequence[int | str]) -> None:
    """Give the moment at this place of the page its time zone; what is there and is no moment stays."""
    *way, last = location
    holder: Any = page
    with suppress(LookupError, TypeError):
        for part in way:
            holder = holder[part]
        holder[last] = _in_utc(holder[last])


def _in_utc(text: str) -> str:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()
    except ValueError:
        return text
