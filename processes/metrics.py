"""The engine's counters, in the registry of ``prometheus_client``."""

from prometheus_client import Counter, Histogram

TAKEOVERS = Counter("orchestrator_engine_takeovers", "Processes taken from a runner whose lease had expired.")
PICKED_UP = Counter("orchestrator_engine_picked_up", "Processes without a runner that the reconciler submitted.")
MAINTENANCE_RUNS = Counter("orchestrator_engine_maintenance_runs", "Runs of a maintenance job.", ["job"])
MAINTENANCE_FAILURES = Counter(
    "orchestrator_engine_maintenance_failures", "Runs of a maintenance job that failed.", ["job"]
)
THREAD_FAILURES = Counter(
    "orchestrator_engine_thread_failures", "Turns of a thread of the engine that failed.", ["thread"]
)
CALLBACKS_REFUSED = Counter(
    "orchestrator_engine_callbacks_refused", "Callbacks and their progress that came with a wrong token."
)
NOT_SENT = Counter(
    "orchestrator_engine_not_sent", "Processes that could not be sent to the broker; they are submitted again."
)
STEP_SECONDS = Histogram(
    "orchestrator_engine_step_seconds",
    "How long a step took, whatever came of it, by workflow.",
    ["workflow"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800),
)
