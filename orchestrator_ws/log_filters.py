"""What is taken out of log records."""

import logging
import re

_TOKEN = re.compile(r"(?i)(token=)[^&\s\"]+")


class WithoutClientTracebacks(logging.Filter):
    """Drops the traceback of a fault that is the client's: a server logs one for text that is not UTF-8."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
            record.exc_info = None
        return True


class WithoutTokens(logging.Filter):
    """Hides the value of ``?token=``, which the deprecated channels take: servers log the address of each client."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if isinstance(record.args, tuple):
            record.args = tuple(_TOKEN.sub(r"\1***", each) if isinstance(each, str) else each for each in record.args)
        return True
