"""Tokens good and bad, for whoever asks at REST or at a websocket."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.issuer import Issuer, SigningKey

FOREIGN_KEY = SigningKey.generate("ES256")


def _encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _with_header(token: str, **header: str) -> str:
    """Return the token without signature, its header another one."""
    return ".".join([_encode(json.dumps(header).encode()), token.split(".")[1]])


def unsigned(issuer: Issuer) -> str:
    """Return a token that says it needs no signature."""
    return _with_header(issuer.token("admin"), alg="none", typ="JWT", kid=issuer.keys[-1].kid) + "."


def signed_with_the_public_key(issuer: Issuer) -> str:
    """Return a token signed with a shared secret that everybody knows: the issuer's public key."""
    key = issuer.keys[-1]
    signed = _with_header(issuer.token("admin"), alg="HS256", typ="JWT", kid=key.kid)
    public = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return f"{signed}.{_encode(hmac.digest(public, signed.encode(), hashlib.sha256))}"


def signed_by_another(issuer: Issuer) -> str:
    """Return a token whose key has the issuer's name, and is another."""
    key = issuer.keys[-1]
    return issuer.token("admin", key=replace(SigningKey.generate(key.algorithm), kid=key.kid))


REFUSED: dict[str, Callable[[Issuer], str]] = {
    "expired": lambda issuer: issuer.token("admin", exp=int(time.time()) - 1),
    "wrong audience": lambda issuer: issuer.token("admin", aud="another"),
    "wrong issuer": lambda issuer: issuer.token("admin", iss="https://evil.test"),
    "wrong key": signed_by_another,
    "unknown key": lambda issuer: issuer.token("admin", key=FOREIGN_KEY),
    "alg none": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
}
"""Tokens that name nobody, by what is wrong with them."""
