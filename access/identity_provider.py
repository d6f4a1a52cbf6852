"""Ask an identity provider for its keys (OpenID Connect Discovery 1.0, section 4)."""

import time
from typing import Any

import httpx

from access.key_set import KeySet, read_key_set
from orchestrator_ws.oidc_values import require_safe_url

CONNECT_SECONDS = 3.0
"""How long the connection, and each part of an answer, may take."""

ANSWER_SECONDS = 5.0
"""How long a whole answer may take."""

MAX_ANSWER_BYTES = 512 * 1024
"""An answer may not be longer: tens of keys, each with its chain of certificates, are shorter."""

DISCOVERY_PATH = "/.well-known/openid-configuration"


def fetch_keys(issuer: str, keys_url: str | None, algorithms: tuple[str, ...]) -> KeySet:
    """Return the issuer's keys now; those at ``keys_url`` if there is one, else where the issuer says.

    Takes up to twice ``ANSWER_SECONDS``. Any thread but a loop's.

    Raises:
        OSError, httpx.HTTPError: it does not answer, or not in time.
        ValueError: what it answers is no document of an identity provider, or another one's.
    """
    # Without redirects: an answer from elsewhere proves nothing.
    with httpx.Client(timeout=CONNECT_SECONDS, headers={"Accept": "application/json"}) as client:
        return read_key_set(_fetch(client, keys_url or _discover(client, issuer)), algorithms)


def _discover(client: httpx.Client, issuer: str) -> str:
    document = _fetch(client, issuer.removesuffix("/") + DISCOVERY_PATH)
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ValueError("the discovery document is that of another issuer than OIDC_ISSUER")
    keys_url = document.get("jwks_uri")
    if not isinstance(keys_url, str):
        raise ValueError("the discovery document names no jwks_uri")
    return require_safe_url(keys_url)


def _fetch(client: httpx.Client, url: str) -> Any:
    """Return the JSON at the URL."""
    deadline = time.monotonic() + ANSWER_SECONDS
    body = bytearray()
    with client.stream("GET", url) as response:
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"the identity provider answers with HTTP status {response.status_code}")
        for part in response.iter_bytes():
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                raise ValueError("the answer of the identity provider is too long")
            if time.monotonic() > deadline:
                raise TimeoutError("the identity provider answers too slowly")
    return httpx.Response(httpx.codes.OK, content=bytes(body)).json()
