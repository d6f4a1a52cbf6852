"""Why somebody is not let in: for the caller in two texts, for metric and log in a word each."""

from enum import StrEnum

from orchestrator_ws.errors import UnavailableError


class Reason(StrEnum):
    """What is wrong with a token or session; the label ``reason`` of the metric."""

    MISSING = "missing"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown key"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    CLAIMS = "claims"
    UNAVAILABLE = "identity provider unreachable"


class AuthenticationRefusedError(Exception):
    """Nobody is named by what came, or by nothing: ``str()`` is the text for the caller, and never holds the token."""

    def __init__(self, reason: Reason) -> None:
        super().__init__("Not authenticated" if reason is Reason.MISSING else "Invalid or expired token")
        self.reason = reason


class IdentityProviderUnreachableError(UnavailableError):
    """Nobody can be judged: the keys of the identity provider were never had."""

    reason = Reason.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("Identity provider unreachable")
