"""What web pages report of themselves: a line of the log each, short, without secrets, and never more than one line."""

import json
import logging
from itertools import count
from typing import Any

from django.conf import settings as django_settings

from access.callers import MAX_NAME_LENGTH, Caller
from orchestrator_ws.hiding import change_texts
from orchestrator_ws.redaction import redact

MAX_REPORT_LENGTH = 4000
"""Characters of a report that are logged."""

logger = logging.getLogger(__name__)


def log_page_error(caller: Caller, report: dict[str, Any]) -> None:
    """Log what went wrong in a page of the caller's."""
    logger.warning("A page of %s failed: %s", _quote(caller.name, MAX_NAME_LENGTH), _quote(report, MAX_REPORT_LENGTH))


def log_page_message(caller: Caller, user_name: str, message: str) -> None:
    """Log what a page of the caller's tells on behalf of whom it says."""
    by, named = _quote(caller.name, MAX_NAME_LENGTH), _quote(user_name, MAX_NAME_LENGTH)
    logger.info("A page of %s, for %s: %s", by, named, _quote(message, MAX_REPORT_LENGTH))


def _quote(value: Any, length: int) -> str:
    """Return the JSON of the value in printable ASCII, cut where it is long.

    Tokens are looked for before its texts are quoted, for a quoted one looks like another text, and before it is cut.
    """
    number = count()
    # Of more texts than characters the last ones are cut off anyway.
    redacted = change_texts(
        django_settings.MASKING.mask(value), lambda text: redact(text) if next(number) < length else ""
    )
    text = json.dumps(redacted)
    return text if len(text) <= length else f"{text[:length]}..."
