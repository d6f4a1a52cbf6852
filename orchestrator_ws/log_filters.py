"""What is taken out of log records."""

import logging


class WithoutClientTracebacks(logging.Filter):
    """Drops the traceback of a fault that is the client's: a server logs one for text that is not UTF-8."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError):
            record.exc_info = record.exc_text = None
        return True
