"""Log records without tokens, whichever logger makes them and whichever handler writes them (``logging``'s factory)."""

import logging
from typing import Any

from orchestrator_ws.redaction import redact

_FORMATTER = logging.Formatter()


class RedactedRecord(logging.LogRecord):
    """Redacts its message, the texts among its arguments, and its traceback, which is formatted at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A formatter may read the arguments instead of the message: uvicorn's for requests does.
        if isinstance(self.args, tuple):
            self.args = tuple(redact(each) if isinstance(each, str) else each for each in self.args)
        if self.exc_info:
            self.exc_text = redact(_FORMATTER.formatException(self.exc_info))
        if self.stack_info:
            self.stack_info = redact(self.stack_info)

    def getMessage(self) -> str:  # noqa: N802  logging's name
        """Return the message with its arguments, whose texts may have come to a token only together."""
        return redact(super().getMessage())
