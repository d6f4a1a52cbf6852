"""Checks of a deployment (``manage.py check --deploy``, ``make serve``): what is valid but unsafe.

``docs/security.md``, section 8, lists them; a test compares the two.
"""

import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings as django_settings
from django.core import checks

from orchestrator_ws.environment import DEVELOPMENT_SECRET_KEY, Environment
from orchestrator_ws.sentinel_url import is_sentinel_url, parse_sentinel_url

VERIFIED_SSL_MODES = {"verify-ca", "verify-full"}
UNVERIFIED = {"none", "optional", "cert_none", "cert_optional", str(ssl.CERT_NONE.value), str(ssl.CERT_OPTIONAL.value)}


@checks.register(checks.Tags.security, deploy=True)
def check_deployment(**kwargs: Any) -> list[checks.CheckMessage]:
    """Look at the environment of this OS process."""
    environment: Environment = django_settings.ENVIRONMENT
    found = [*_exposure(environment), *_transport(environment), *_sharing(environment)]
    for variable in ("redis_url", "celery_broker_url"):
        if url := getattr(environment, variable):
            found += _redis(variable.upper(), url)
    return found


def _exposure(environment: Environment) -> Iterator[checks.CheckMessage]:
    """Yield what must not be reached from other machines: by a proxy on this one, or directly."""
    if not environment.https and _is_loopback(environment.host):
        return
    if environment.debug:
        yield _error("E001", "DEBUG is on, and other machines can reach this server.", "Unset DEBUG.")
    if django_settings.SECRET_KEY == DEVELOPMENT_SECRET_KEY:
        yield _error("E002", "SECRET_KEY is the one for development, which everybody knows.", "Set a random one.")
    if not environment.authentication_required:
        yield _warning(
            "W001", "OAUTH2_ACTIVE is off: whoever reaches this server may do everything.", "Set OAUTH2_ACTIVE=true."
        )
    if "*" in environment.allowed_hosts:
        yield _warning(
            "W002",
            "ALLOWED_HOSTS has *, so any page whose name leads to this server counts as one of its own.",
            "Set ALLOWED_HOSTS to the names of this server.",
        )
    elif all(_is_loopback(host.strip("[]")) for host in environment.allowed_hosts):
        yield _warning(
            "W003",
            "ALLOWED_HOSTS names only this machine: others are answered 400.",
            "Set ALLOWED_HOSTS to the names of this server.",
        )


def _transport(environment: Environment) -> Iterator[checks.CheckMessage]:
    """Yield what travels in the clear, Redis apart."""
    plain = [origin for origin in environment.cors_origins if origin.startswith("http:")]
    if environment.https and plain:
        yield _warning(
            "W004",
            f"CORS_ORIGINS has {plain[0]}: who can change that page on its way uses the API with the user's token.",
            "Set CORS_ORIGINS to https origins.",
        )
    address = urlsplit(environment.database_url)
    is_remote = address.scheme != "sqlite" and address.hostname is not None and not _is_loopback(address.hostname)
    if is_remote and _parameter(environment.database_url, "sslmode") not in VERIFIED_SSL_MODES:
        yield _warning(
            "W005",
            "DATABASE_URL names another machine, whose certificate is not verified.",
            "Append ?sslmode=verify-full&sslrootcert=/path/to/ca.pem to it.",
        )


def _sharing(environment: Environment) -> Iterator[checks.CheckMessage]:
    """Yield what several OS processes cannot share, or only badly."""
    is_shared = environment.web_workers > 1 or environment.executor == "celery"
    if is_shared and environment.redis_url is None:
        yield _warning(
            "W006",
            "Several OS processes without REDIS_URL hear of each other's changes up to 2 s late.",
            "Set REDIS_URL, or WEB_WORKERS=1.",
        )
    if is_shared and environment.database_url.startswith("sqlite:"):
        yield _warning(
            "W007",
            "Several OS processes share a SQLite database, which lets one of them write at a time.",
            "Set DATABASE_URL to a PostgreSQL, or WEB_WORKERS=1.",
        )


def _redis(variable: str, url: str) -> Iterator[checks.CheckMessage]:
    """Yield what is unsafe about a Redis on another machine."""
    if is_sentinel_url(url):
        named = parse_sentinel_url(url)
        hosts, has_password, is_verified = [host for host, _ in named.sentinels], bool(named.password), False
    else:
        parts = urlsplit(url)
        hosts = [] if parts.hostname is None or parts.scheme == "unix" else [parts.hostname]
        has_password = bool(parts.password or _parameter(url, "password"))
        is_verified = parts.scheme == "rediss" and _parameter(url, "ssl_cert_reqs").lower() not in UNVERIFIED
    if all(_is_loopback(host) for host in hosts):
        return
    if not has_password:
        yield _warning(
            "W008",
            f"{variable} names a Redis on another machine without a password: whoever reaches it owns it.",
            "Give the Redis a password (requirepass or an ACL) and write it into the URL.",
        )
    if not is_verified:
        yield _warning(
            "W009",
            f"{variable} names a Redis on another machine without TLS, or does not verify its certificate.",
            "Write it as rediss://…?ssl_ca_certs=/path/to/ca.pem (Sentinels: only in a network of their own).",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parameter(url: str, name: str) -> str:
    return parse_qs(urlsplit(url).query).get(name, [""])[-1]


def _error(number: str, text: str, hint: str) -> checks.CheckMessage:
    return checks.Error(text, hint=hint, id=f"orchestrator.{number}")


def _warning(number: str, text: str, hint: str) -> checks.CheckMessage:
    return checks.Warning(text, hint=hint, id=f"orchestrator.{number}")
