"""What the variables of OpenID Connect may hold; pure."""

import ipaddress
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those that may sign a token: none with a shared secret, and none without a signature."""

ROLES = ("view", "operate", "engine", "admin")


def split_list(value: Any) -> Any:
    """Split ``a, b`` into its parts; empty parts are dropped."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def require_safe_url(url: str) -> str:
    """Return an ``https`` URL, or an ``http`` one of this host.

    Raises:
        ValueError: it is neither.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("it is no URL")
    _ = parts.port
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("http is only for this host")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_algorithm(name: str) -> str:
    if name not in ALGORITHMS:
        raise ValueError(f"the algorithm must be one of {', '.join(ALGORITHMS)}")
    return name


def _require_role_name(pair: str) -> str:
    role, _, name = pair.partition("=")
    if role not in ROLES:
        raise ValueError(f"the role must be one of {', '.join(ROLES)}")
    if not name or name.split() != [name]:
        raise ValueError("no name is given, or one with spaces")
    return pair


def _require_issuer(url: str) -> str:
    # The empty text stands for none.
    if url and "?" in require_safe_url(url):
        raise ValueError("an issuer has no query")
    return url


IssuerUrl: TypeAlias = Annotated[str, AfterValidator(_require_issuer)]
SafeUrl: TypeAlias = Annotated[str, AfterValidator(require_safe_url)]
Algorithms: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_require_algorithm)], ...], NoDecode, BeforeValidator(split_list)
]
RoleNames: TypeAlias = Annotated[
    tuple[Annotated[str, AfterValidator(_require_role_name)], ...], NoDecode, BeforeValidator(split_list)
]
