"""The ETag of a list: what tells a client that the rows it has are still right."""

from zlib import crc32


def list_etag(content: bytes) -> str:
    """Return the weak ETag of a list that is answered so, in JSON; what stands between its brackets counts."""
    return f'W/"{crc32(content[1:-1]):#x}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Return whether the header names the ETag, in any of its three spellings: weak, strong, bare."""
    bare = etag.removeprefix("W/").strip('"')
    return if_none_match is not None and if_none_match.strip() in (etag, f'"{bare}"', bare)
