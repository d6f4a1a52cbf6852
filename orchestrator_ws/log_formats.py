"""How the log is written: a line of JSON for each record, or readable lines in development; both say on whose behalf.

The ids are those that ``log_context`` and the engine bind: ``request_id``, ``connection_id``, ``process_id``.
"""

import logging
from typing import Any

import structlog
from structlog.typing import EventDict, Processor


def json_formatter() -> logging.Formatter:
    """Return the formatter of servers and workers."""
    return _formatter(structlog.processors.JSONRenderer(ensure_ascii=False))


def readable_formatter() -> logging.Formatter:
    """Return the formatter of development."""
    return _formatter(_write_line)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Leaves the line that structlog made as it is: a record redacts its message once more, and so would cut JSON."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        return str(record.msg)


def _formatter(renderer: Processor) -> logging.Formatter:
    return _Formatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _take_traceback,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _take_traceback(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Take the traceback as the record has it, without secrets (``log_records``)."""
    event.pop("exc_info", None)
    if event["_record"].exc_text:
        event["exception"] = event["_record"].exc_text
    return event


def _write_line(_logger: Any, _name: str, event: EventDict) -> str:
    """Write time, level, logger and message, then the ids, and the traceback below."""
    parts = [event.pop("timestamp"), event.pop("level").upper(), event.pop("logger"), event.pop("event")]
    below = [event.pop(name) for name in ("exception", "stack_info") if name in event]
    return "\n".join([" ".join([*parts, *(f"{name}={value}" for name, value in event.items())]), *below])
