"""``METRICS_TOKEN``, by which Prometheus is let in to metrics."""

from hmac import compare_digest

AUTHENTICATE = "Bearer"
"""The value of ``WWW-Authenticate``, which says how to bring it."""


def brings_token(authorization: str, token: str) -> bool:
    """Return whether a header ``Authorization`` has the token; nobody brings an empty one."""
    return bool(token) and compare_digest(authorization.encode(), f"Bearer {token}".encode())
