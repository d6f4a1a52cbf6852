"""What the variables of the environment may hold, except those of OpenID Connect (``oidc_values``)."""

import re
from ipaddress import ip_network
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

import dj_database_url
from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from orchestrator_ws.masking import Masking
from orchestrator_ws.oidc_values import split_list
from orchestrator_ws.sentinel_url import SENTINEL_SCHEME, is_sentinel_url, parse_sentinel_url

DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss", "unix", SENTINEL_SCHEME)
TARGETS = ("CREATE", "MODIFY", "TERMINATE", "SYSTEM", "VALIDATE", "RECONCILE")


def _require_origin(origin: str) -> str:
    parts = urlsplit(origin)
    if origin != "*" and (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in origin
        or f"{parts.scheme}://{parts.netloc}" != origin
    ):
        raise ValueError("it is no origin")
    # As browsers write it: what is compared is text.
    return re.sub(r"(?<=^http:)(.*):80$|(?<=^https:)(.*):443$", r"\1\2", origin.lower())


def _require_database_url(url: str) -> str:
    if urlsplit(url).scheme not in DATABASE_SCHEMES:
        raise ValueError(f"the scheme must be one of {', '.join(DATABASE_SCHEMES)}")
    if dj_database_url.parse(url)["NAME"] in ("", ":memory:"):
        raise ValueError("no database is named")
    return url


def _require_redis_url(url: str) -> str:
    if is_sentinel_url(url):
        parse_sentinel_url(url)
        return url
    parts = urlsplit(url)
    if parts.scheme not in REDIS_SCHEMES:
        raise ValueError(f"the scheme must be one of {', '.join(REDIS_SCHEMES)}")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("the port is no number") from None
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise ValueError("no server is named")
    return url


def _require_http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it is no http:// or https:// URL")
    return url


def _require_key_expression(expression: str) -> str:
    Masking(expression)
    return expression


def _require_network(network: str) -> str:
    ip_network(network)
    return network


def _require_module_path(path: str) -> str:
    if not all(part.isidentifier() for part in path.split(".")):
        raise ValueError(f"{path!r} is no import path")
    return path


def _require_target_queue(pair: str) -> str:
    target, _, queue = pair.partition("=")
    if target not in TARGETS:
        raise ValueError(f"the target must be one of {', '.join(TARGETS)}")
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", queue):
        raise ValueError("no queue is named, or its name holds more than letters, digits, _, . and -")
    return pair


CommaSeparated: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)]
Origins: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_require_origin)], ...], NoDecode, BeforeValidator(split_list)
]
Networks: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_require_network)], ...], NoDecode, BeforeValidator(split_list)
]
ModulePaths: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_require_module_path)], ...], NoDecode, BeforeValidator(split_list)
]
TargetQueues: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_require_target_queue)], ...], NoDecode, BeforeValidator(split_list)
]

DatabaseUrl: TypeAlias = Annotated[str, AfterValidator(_require_database_url)]
RedisUrl: TypeAlias = Annotated[str, AfterValidator(_require_redis_url)]
HttpUrl: TypeAlias = Annotated[str, AfterValidator(_require_http_url)]
KeyExpression: TypeAlias = Annotated[str, AfterValidator(_require_key_expression)]
