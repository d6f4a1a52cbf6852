"""A bearer token: is it the identity provider's, is it for us, is it valid now (RFC 7519, RFC 8725)."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt import PyJWK
from jwt.exceptions import (
    DecodeError,
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidKeyError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)
from jwt.utils import base64url_decode

from access.refusals import AuthenticationRefusedError, Reason

MAX_TOKEN_LENGTH = 16_384
"""A longer one is not looked at; headers of that size are refused by most proxies too."""

REQUIRED_CLAIMS = ["iss", "aud", "sub", "exp", "iat"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRules:
    """What holds for every token."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    """Those that may sign, all of them asymmetric."""
    clock_skew_seconds: int
    """How far the clock of the identity provider may be ahead of this host's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenHeader:
    """What a token says about its signature, before anything is proven."""

    key_id: str | None
    algorithm: str


def read_header(token: str, algorithms: tuple[str, ...]) -> TokenHeader:
    """Return what the token says about its signature; the rest of it is not looked at yet.

    Raises:
        AuthenticationRefusedError: it is no JWT, or signed by an algorithm that may not.
    """
    if not token:
        raise AuthenticationRefusedError(Reason.MISSING)
    if len(token) > MAX_TOKEN_LENGTH:
        raise AuthenticationRefusedError(Reason.MALFORMED)
    try:
        header = json.loads(base64url_decode(token.partition(".")[0]))
    except (ValueError, RecursionError) as error:
        raise AuthenticationRefusedError(Reason.MALFORMED) from error
    if not isinstance(header, dict) or not isinstance(header.get("kid"), str | None):
        raise AuthenticationRefusedError(Reason.MALFORMED)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise AuthenticationRefusedError(Reason.ALGORITHM)
    return TokenHeader(key_id=header.get("kid"), algorithm=algorithm)


def verify(token: str, key: PyJWK, rules: TokenRules) -> Mapping[str, Any]:
    """Return the claims of a token that the key signed and that holds now; some 300 microseconds of CPU, no I/O.

    It may begin a little ahead of our clock, and ends by it: whoever has one that ends can ask for another in time.

    Raises:
        AuthenticationRefusedError: it does not hold.
    """
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(rules.algorithms),
            audience=rules.audience,
            issuer=rules.issuer,
            leeway=rules.clock_skew_seconds,
            options={"require": REQUIRED_CLAIMS, "enforce_minimum_key_length": True},
        )
    except (PyJWTError, ValueError) as error:
        raise AuthenticationRefusedError(_reason(error)) from error
    if int(claims["exp"]) <= time.time():
        raise AuthenticationRefusedError(Reason.EXPIRED)
    return claims


def _reason(error: Exception) -> Reason:
    match error:
        case ExpiredSignatureError():
            return Reason.EXPIRED
        case ImmatureSignatureError():
            return Reason.NOT_YET_VALID
        case InvalidIssuerError() | MissingRequiredClaimError(claim="iss"):
            return Reason.ISSUER
        case InvalidAudienceError() | MissingRequiredClaimError(claim="aud"):
            return Reason.AUDIENCE
        case InvalidSignatureError() | InvalidAlgorithmError() | InvalidKeyError():
            return Reason.SIGNATURE
        case DecodeError():
            return Reason.MALFORMED
        case _:
            return Reason.CLAIMS
