"""What ``redis+sentinel://user:password@host:port,host:port/master-name/0`` says.

No library reads it: an URL has one host, and this has one for each Sentinel.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

SENTINEL_SCHEME = "redis+sentinel"
DEFAULT_PORT = 26379


@dataclass(frozen=True, kw_only=True)
class SentinelUrl:
    """The Sentinels to ask for the master, and what to tell the master itself."""

    # Host and port of each.
    sentinels: tuple[tuple[str, int], ...]
    master_name: str
    database: int
    # Of the Redis servers; the Sentinels are asked without. None for what is not given.
    username: str | None
    password: str | None


def is_sentinel_url(url: str) -> bool:
    """Return whether the URL's scheme says that it names Sentinels."""
    return url.startswith(f"{SENTINEL_SCHEME}:")


def parse_sentinel_url(url: str) -> SentinelUrl:
    """Read the URL; a port defaults to 26379, the database to 0, and both parts of the credentials may be left out.

    Raises:
        ValueError: it is not valid; the text says why and holds no credentials.
    """
    _, _, rest = url.partition("://")
    if "?" in rest or "#" in rest:
        raise ValueError("it has parameters")
    authority, _, path = rest.partition("/")
    master_name, _, database = path.partition("/")
    credentials, _, hosts = authority.rpartition("@")
    if "@" in credentials:
        raise ValueError("user and password stand once, before the first server, and an @ in them is written %40")
    sentinels = tuple(_address(host) for host in hosts.split(","))
    if not master_name:
        raise ValueError("no master is named")
    if database and not (database.isascii() and database.isdecimal()):
        raise ValueError("the database is no number")
    username, _, password = credentials.partition(":")
    return SentinelUrl(
        sentinels=sentinels,
        master_name=unquote(master_name),
        database=int(database or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
    )


def _address(host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host.strip()}")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port is no number") from None
    if not parts.hostname:
        raise ValueError("no server is named")
    return parts.hostname, port or DEFAULT_PORT
