"""The ETag of a process list: what tells a client that the rows it has are still right."""

from collections.abc import Iterable
from zlib import crc32

from processes.models import Process


def list_etag(processes: Iterable[Process]) -> str:
    """Return the weak ETag over ids and modification times of the rows, in order (``docs/rest.md``, section 4)."""
    seed = "".join(f"{process.pk}{process.last_modified_at.isoformat()}" for process in processes)
    return f'W/"{crc32(seed.encode()):#x}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Return whether the header names the ETag, in any of its three spellings: weak, strong, bare."""
    bare = etag.removeprefix("W/").strip('"')
    return if_none_match is not None and if_none_match.strip() in (etag, f'"{bare}"', bare)
