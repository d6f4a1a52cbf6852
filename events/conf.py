"""The event path's numbers: those from the environment, and the fixed bounds with their reasons."""

from datetime import timedelta

from django.conf import settings as django_settings

MAX_CLIENT_QUEUE_BYTES = 32 * 1024
"""Frames that may wait for one client; beyond it the queue collapses. With the two of the socket: 64 KB."""

MAX_WAITING_ANSWERS = 16
"""Pongs that may wait for a client that pings and does not read."""

MAX_UNSENT_BYTES = 16 * 1024
"""Bytes that the server may hold for the socket of a client; beyond it frames wait in the client's queue."""

SOCKET_BUFFER_BYTES = 16 * 1024
"""Bytes that the kernel may hold for the socket of a client, instead of the megabytes that Linux grows to."""

RECEIVE_BUFFER_BYTES = 8 * 1024
"""The same for what a client sends."""

READ_BYTES = 1024
"""What of it is read and parsed at one go, while nobody else is served: 146 of the shortest frames, some 2 ms."""

CLIENT_PING_SECONDS = 20.0
"""Pause before a client is asked for a sign of life, by a ping of the websocket protocol."""

CLIENT_PONG_SECONDS = 40.0
"""How long the sign may take: 60 s after a client stopped to read it is closed."""

CLOSE_SECONDS = 10.0
"""How long a closed client may take to read what it was sent; then its connection is cut."""

REFUSAL_SECONDS = 1.0
"""How long a client that is refused may take to read what was sent to it before; then it is closed without a word."""

CUT_SECONDS = 2.0
"""How long a closed client that reads nothing may take; then its connection is cut."""

DEADLINE_INTERVAL_SECONDS = 1.0
"""Pause between two looks for clients whose token or session has ended."""

SESSION_INTERVAL_SECONDS = 2.0
"""Pause between two readings of the sessions by which clients are in, for what no change tells of."""

LONG_ROUND_SECONDS = 0.025
"""A round through all clients that took longer is followed by a rest, in which all others are served."""

LONGEST_REST_SECONDS = 0.2
"""How long a frame may wait for other frames at most, on a server that has more to do than it can."""

IDLE_TURN_SECONDS = 0.002
"""A turn of the event loop that took less had next to nothing to do: the rest is over."""

MERGE_ABOVE_FRAMES = 128
"""A client with more frames waiting is behind: from here on each key waits once."""

MAX_QUEUED_CHANGES = 10_000
"""Changes that may wait for the broadcast thread; what does not fit, the change log delivers."""

MAX_BROADCAST_BATCH = 500
"""Changes in one message on the channel layer."""

MAX_HISTORY_CHANGES = 10_000
"""Changes that are remembered, at some 300 bytes each: so far back a client can be told what it missed."""

MAX_KEPT_ANSWERS = 64
"""Positions for which what was missed since is remembered until the next change; most that come back share a few."""

MAX_WAITING_READS = 256
"""Data frames that may wait to be built; beyond it an object that is waiting already is built once."""

SEND_TIMEOUT_SECONDS = 1.0
"""How long the broadcast thread waits for the channel layer."""

HEARTBEAT_SECONDS = 5.0
"""Pause between two messages without changes."""

SILENCE_SECONDS = 15.0
"""After so long without any message the channel layer is left and subscribed to anew."""

MAX_LAYER_MESSAGE_BYTES = 128 * 1024
"""Longest message of the channel layer that is looked at; ours, with 500 changes, have some 50 KB."""

IGNORED_LOG_SECONDS = 60.0
"""Pause between two log lines about messages that are none of ours."""

SUBSCRIBE_TIMEOUT_SECONDS = 1.0
"""How long the start waits for the channel layer; without it the change log delivers."""

LOG_LAG_SECONDS = 2.0
"""How late a read of the change log may be before health says so."""

RETRY_SECONDS = 1.0
"""Pause after a failure of the channel layer or the database."""

LEAVE_SECONDS = 2.0
"""How long a server that stops waits for the last clients to have read what waits for them."""

CANCEL_AGAIN_SECONDS = 0.5
"""Pause before a loop that did not end is cancelled once more."""

DELETE_BATCH_ROWS = 1000
"""Change log rows deleted by one statement."""

DELETE_INTERVAL_SECONDS = 60.0
"""Pause between two looks for expired change log rows."""


def max_incoming_bytes() -> int:
    """Return the longest client message that is looked at; a longer one closes the socket with 1009."""
    return django_settings.ENVIRONMENT.websocket_max_message_bytes


def messages_per_minute() -> int:
    """Return how many messages a client may send."""
    return django_settings.ENVIRONMENT.websocket_messages_per_minute


def handshakes_per_minute() -> int:
    """Return how many handshakes may come from one address."""
    return django_settings.ENVIRONMENT.websocket_handshakes_per_minute


def connections_per_user() -> int:
    """Return how many clients of one user may be connected."""
    return django_settings.ENVIRONMENT.websocket_connections_per_user


def connections_per_address() -> int:
    """Return how many clients of one address may be connected."""
    return django_settings.ENVIRONMENT.websocket_connections_per_address


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


def shutdown_grace_seconds() -> float:
    """Return the time over which a server that stops sends its clients away."""
    return django_settings.ENVIRONMENT.shutdown_grace_seconds
