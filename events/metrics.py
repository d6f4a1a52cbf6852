"""The event path's counters and gauges, in the registry of ``prometheus_client``."""

from prometheus_client import Counter, Gauge, Histogram

CLIENTS = Gauge("orchestrator_events_clients", "Clients connected now.", ["channel"], multiprocess_mode="livesum")
FRAMES_SENT = Counter("orchestrator_events_frames_sent", "Frames written to clients.", ["channel"])
FRAMES_MERGED = Counter(
    "orchestrator_events_frames_merged", "Frames not sent because one of their key was still waiting.", ["channel"]
)
QUEUES_COLLAPSED = Counter(
    "orchestrator_events_queues_collapsed", "Queues of clients far behind, replaced by coarse frames.", ["channel"]
)
LONG_ROUNDS = Counter(
    "orchestrator_events_long_rounds", "Rounds through all clients after which the server held frames back."
)
SLOW_CLOSES = Counter("orchestrator_events_slow_closes", "Clients closed with 1013 because they did not read.")
MESSAGES_IGNORED = Counter(
    "orchestrator_events_messages_ignored", "Messages of clients that no channel knows.", ["channel"]
)
REFUSALS = Counter(
    "orchestrator_events_refusals", "Clients that got an error frame and were closed.", ["channel", "status"]
)
LOG_READ_AT = Gauge(
    "orchestrator_events_log_read_timestamp_seconds",
    "When the change log was last read (Unix time); its age is the log lag.",
    multiprocess_mode="livemin",
)
LOG_DELIVERIES = Counter(
    "orchestrator_events_log_deliveries", "Changes that the change log brought because the channel layer had not."
)
FAILURES = Counter("orchestrator_events_failures", "Failures of a part of the event path.", ["part"])
BROADCAST_QUEUE_LENGTH = Gauge(
    "orchestrator_events_broadcast_queue_length", "Changes that wait to be sent.", multiprocess_mode="livesum"
)
BROADCAST_QUEUE_AGE = Gauge(
    "orchestrator_events_broadcast_queue_age_seconds",
    "How long the oldest change of the last batch had waited.",
    multiprocess_mode="livemax",
)
COMMIT_TO_SEND = Histogram(
    "orchestrator_events_commit_to_send_seconds",
    "From the commit of the oldest change of a message until the channel layer took the message.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
