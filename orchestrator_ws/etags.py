"""The ETag of a list: what tells a client that the rows it has are still right."""

from collections.abc import Iterable
from zlib import crc32


def list_etag(rows: Iterable[str]) -> str:
    """Return the weak ETag over what is shown of the rows, in their order."""
    return f'W/"{crc32("".join(rows).encode()):#x}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Return whether the header names the ETag, in any of its three spellings: weak, strong, bare."""
    bare = etag.removeprefix("W/").strip('"')
    return if_none_match is not None and if_none_match.strip() in (etag, f'"{bare}"', bare)
