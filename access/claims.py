"""From the claims of a token to the caller whom they name; pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from access.callers import Caller, display_name
from access.roles import Role, with_implied

MAX_SUBJECT_LENGTH = 247
"""Characters of ``sub``: with its prefix it is the principal of a revocation, which has 255."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimRules:
    """Where an installation's identity provider says what."""

    name_claim: str
    roles_claim: str
    """A name, or names within each other with dots between them."""
    role_names: Mapping[str, Collection[Role]]
    """What each name that the identity provider may grant stands for here."""
    clock_skew_seconds: int
    """How far its clock may be ahead of ours."""


def caller_of(claims: Mapping[str, Any], rules: ClaimRules) -> Caller:
    """Return the caller whom the claims of a verified token name; one without any role may do nothing.

    Raises:
        ValueError: a claim that must be there is not what it should be.
    """
    subject = claims["sub"]
    subjects_name = display_name(subject)
    if subjects_name is None or len(subject) > MAX_SUBJECT_LENGTH:
        raise ValueError("sub names nobody")
    granted = _names(_claim(claims, rules.roles_claim))
    roles = {role for name in granted for role in rules.role_names.get(name, ())}
    return Caller(
        name=display_name(_claim(claims, rules.name_claim)) or subjects_name,
        roles=with_implied(roles),
        principals=frozenset({f"subject:{subject}"}),
        issued_at=_moment(claims["iat"], before=rules.clock_skew_seconds),
        expires_at=_moment(claims["exp"]),
        claims=claims,
    )


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """Return the claim of that name, dots and all, else the one inside the others; None if there is none."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _names(value: Any) -> list[str]:
    """Return the names in a list, or in a text with spaces between them; anything else holds none."""
    if isinstance(value, str):
        return value.split()
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _moment(seconds: Any, *, before: int = 0) -> datetime:
    try:
        return datetime.fromtimestamp(seconds - before, UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise ValueError("a date is no number of seconds") from error
