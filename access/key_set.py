"""The public keys of an identity provider, each only for the algorithms that its type fits (RFC 7517)."""

from collections.abc import Iterable
from typing import Any

from jwt import PyJWK
from jwt.exceptions import PyJWTError

MAX_KEYS = 100
"""More are not looked at."""


class KeySet:
    """The keys of one fetch; does not change. ``algorithms`` are those that may sign."""

    def __init__(self, keys: Iterable[dict[str, Any]], algorithms: Iterable[str]) -> None:
        self._keys: dict[tuple[str | None, str], PyJWK] = {}
        for jwk in list(keys)[:MAX_KEYS]:
            for algorithm in algorithms:
                key = _key_for(jwk, algorithm)
                if key is not None:
                    self._keys.setdefault((key.key_id, algorithm), key)

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """Return the key, None if there is none; a token that names no key means the only one that fits."""
        if key_id is not None:
            return self._keys.get((key_id, algorithm))
        fitting = [key for (_, fits), key in self._keys.items() if fits == algorithm]
        return fitting[0] if len(fitting) == 1 else None


def read_key_set(document: Any, algorithms: Iterable[str]) -> KeySet:
    """Return the keys in a JWKS document that may sign; others are left out.

    Raises:
        ValueError: it is no such document, or has no key to verify with.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise ValueError("the key set is no JWKS document")
    key_set = KeySet([key for key in keys if isinstance(key, dict)], algorithms)
    if not len(key_set):
        raise ValueError("the key set has no key for the algorithms in OIDC_ALGORITHMS")
    return key_set


def _key_for(jwk: dict[str, Any], algorithm: str) -> PyJWK | None:
    """Return the key for the algorithm; None if it is for another one, for encryption, or no public key."""
    is_for_signatures = jwk.get("use", "sig") == "sig" and "d" not in jwk
    if not is_for_signatures or jwk.get("alg", algorithm) != algorithm or not isinstance(jwk.get("kid"), str | None):
        return None
    try:
        key = PyJWK(jwk, algorithm)
        key.Algorithm.prepare_key(key.key)  # the curve of an EC key must fit too
    except (PyJWTError, ValueError, TypeError):
        return None
    return key
