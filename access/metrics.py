"""The counters of access, in the registry of ``prometheus_client``."""

from prometheus_client import Counter

AUTHENTICATION_FAILURES = Counter(
    "orchestrator_access_authentication_failures", "Callers that were not let in, by what was wrong.", ["reason"]
)
KEY_FETCHES = Counter(
    "orchestrator_access_key_fetches", "Fetches of the identity provider's keys, by result.", ["result"]
)
