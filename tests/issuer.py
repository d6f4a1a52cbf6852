"""An OpenID Connect issuer on loopback: discovery, keys that rotate, and tokens with any claims."""

import contextlib
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.services import free_port

AUDIENCE = "orchestrator"
DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys"
LIFETIME_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A private key and what it signs with."""

    algorithm: str
    private: Any
    kid: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def generate(cls, algorithm: str = "RS256") -> Self:
        """Make a key that fits the algorithm."""
        match algorithm[:2]:
            case "ES":
                curve = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}[algorithm]
                return cls(algorithm=algorithm, private=ec.generate_private_key(curve))
            case "Ed":
                return cls(algorithm=algorithm, private=ed25519.Ed25519PrivateKey.generate())
            case _:
                return cls(algorithm=algorithm, private=rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def jwk(self) -> dict[str, Any]:
        """Return the public key as a JWKS document has it."""
        kinds: dict[str, Any] = {"ES": ECAlgorithm, "Ed": OKPAlgorithm}
        public = kinds.get(self.algorithm[:2], RSAAlgorithm).to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "use": "sig", "alg": self.algorithm}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the issuer answers in place of the truth; ``parts`` are sent one after the other, with the pause between."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    parts: tuple[bytes, ...] = ()
    pause_seconds: float = 0


class Issuer:
    """Serves from ``start`` to ``stop``, as often as you like, always at the same address."""

    def __init__(self) -> None:
        self._port = free_port()
        self._server: ThreadingHTTPServer | None = None
        self.url = f"http://127.0.0.1:{self._port}/realms/test"
        self.keys = [SigningKey.generate()]
        # How often each path was asked for.
        self.fetches: Counter[str] = Counter()
        # What is answered in place of the truth, by path.
        self.replies: dict[str, Reply] = {}
        # Set while answers are given; clear it to hold them back.
        self.answering = threading.Event()
        self.answering.set()

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a server that trusts this issuer."""
        return {"OAUTH2_ACTIVE": "true", "OIDC_ISSUER": self.url, "OIDC_AUDIENCE": AUDIENCE}

    def token(self, *roles: str, key: SigningKey | None = None, **claims: Any) -> str:
        """Issue a token with the roles; ``claims`` are added, and those that are None left out."""
        signing, now = key or self.keys[-1], int(time.time())
        every: dict[str, Any] = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME_SECONDS}
        every |= {"sub": "f3a1", "preferred_username": "ada", "roles": list(roles), **claims}
        present = {name: value for name, value in every.items() if value is not None}
        return jwt.encode(present, signing.private, signing.algorithm, {"kid": signing.kid})

    def rotate(self, algorithm: str = "RS256") -> SigningKey:
        """Sign with a new key from now on; those of before are forgotten. Returns the new one."""
        self.keys = [SigningKey.generate(algorithm)]
        return self.keys[-1]

    def documents(self) -> dict[str, Any]:
        """Return what is served, by path."""
        discovery = {"issuer": self.url, "jwks_uri": self.url + KEYS}
        return {DISCOVERY: discovery, KEYS: {"keys": [key.jwk() for key in self.keys]}}

    def start(self) -> None:
        """Serve."""
        handler = type("Handler", (_Handler,), {"issuer": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Go away; idempotent."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def recover(self) -> None:
        """Answer everybody with the truth again, and forget who asked: it is the same one for all tests."""
        self.replies.clear()
        self.answering.set()
        self.fetches.clear()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Be away until the block ends."""
        self.stop()
        try:
            yield
        finally:
            self.start()


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        path = self.path.removeprefix("/realms/test")
        self.issuer.fetches[path] += 1
        self.issuer.answering.wait()
        reply = self.issuer.replies.get(path)
        if reply is None:
            document = self.issuer.documents().get(path)
            reply = Reply(status=200 if document else 404, parts=(json.dumps(document).encode(),))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        # A client that has read enough goes away.
        with contextlib.suppress(OSError):
            for part in reply.parts:
                self.wfile.write(part)
                time.sleep(reply.pause_seconds)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def issuer() -> Iterator[Issuer]:
    """Run an issuer until the block ends."""
    running = Issuer()
    running.start()
    try:
        yield running
    finally:
        running.answering.set()
        running.stop()
