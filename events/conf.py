"""The event path's numbers: those from the environment, and the fixed bounds with their reasons."""

from datetime import timedelta

from django.conf import settings as django_settings

MAX_INCOMING_BYTES = 4096
"""Longest client message that is looked at; a longer one closes the socket with 1009."""

MAX_CLIENT_QUEUE_BYTES = 64 * 1024
"""Frames that may wait for one client; beyond it the queue collapses."""

MERGE_ABOVE_FRAMES = 128
"""A client with more frames waiting is behind: from here on each key waits once."""

MAX_QUEUED_CHANGES = 10_000
"""Changes that may wait for the broadcast thread; what does not fit, the change log delivers."""

MAX_BROADCAST_BATCH = 500
"""Changes in one message on the channel layer."""

MAX_WAITING_READS = 256
"""Data frames that may wait to be built; beyond it an object that is waiting already is built once."""

SEND_TIMEOUT_SECONDS = 1.0
"""How long the broadcast thread waits for the channel layer."""

SUBSCRIBE_TIMEOUT_SECONDS = 1.0
"""How long the first client waits for the channel layer; without it the change log delivers."""

RETRY_SECONDS = 1.0
"""Pause after a failure of the channel layer or the database."""

CANCEL_AGAIN_SECONDS = 0.5
"""Pause before a loop that did not end is cancelled once more."""

DELETE_BATCH_ROWS = 1000
"""Change log rows deleted by one statement."""

DELETE_INTERVAL_SECONDS = 60.0
"""Pause between two looks for expired change log rows."""


def log_interval_seconds() -> float:
    """Return the pause between two reads of the change log."""
    return django_settings.ENVIRONMENT.events_log_interval_seconds


def list_throttle_seconds() -> float:
    """Return the window in which the frames of one list tag are merged; 0 for none."""
    return django_settings.ENVIRONMENT.events_list_throttle_ms / 1000


def replay_on_connect_seconds() -> float:
    """Return how old the changes may be that a new client of ``events`` gets first; 0 for none."""
    return django_settings.ENVIRONMENT.events_replay_on_connect_seconds


def log_retention() -> timedelta:
    """Return how long a change stays in the log."""
    return timedelta(minutes=django_settings.ENVIRONMENT.events_log_retention_minutes)


def delivered_memory_seconds() -> float:
    """Return how long the id of a delivered change is remembered: longer than both paths take to bring it."""
    return 60.0 + 2 * log_interval_seconds()
