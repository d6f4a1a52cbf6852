"""The counters of access, in the registry of ``prometheus_client``."""

from prometheus_client import Counter

AUTHENTICATION_FAILURES = Counter(
    "orchestrator_access_authentication_failures", "Callers that were not let in, by what was wrong.", ["reason"]
)
LOGINS_REFUSED = Counter(
    "orchestrator_access_logins_refused",
    "Logins of Django admin whose password was not looked at, by limit.",
    ["limit"],
)
KEY_FETCHES = Counter(
    "orchestrator_access_key_fetches", "Fetches of the identity provider's keys, by result.", ["result"]
)
