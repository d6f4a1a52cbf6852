"""Refetches by REST for all clients of one server."""

import asyncio
import contextlib
import time

import httpx

from tests.faults.pictures import EVERYTHING, Picture, Rows
from tests.waiting import TIMEOUT_SECONDS

FETCH_INTERVAL_SECONDS = 0.25


class Fetcher:
    """One request serves every picture that waits when it begins.

    Fifty clients that each refetch for each of 400 frames a second would measure this machine. What they would see is
    the same: each stale part gets its value from a request that began after the frame came.
    """

    def __init__(self, base_url: str) -> None:
        self.pictures: set[Picture] = set()
        self.slowest_seconds = 0.0
        self._base_url = base_url
        self._answered = asyncio.Event()

    async def run(self) -> None:
        """Fetch whenever something waits, at most once per interval and half of the time, until cancelled."""
        async with httpx.AsyncClient(base_url=self._base_url, timeout=TIMEOUT_SECONDS) as http:
            while True:
                begun_at = time.monotonic()
                if requested := [picture for picture in self.pictures if picture.begin_request()]:
                    await self._fetch(http, requested)
                took = time.monotonic() - begun_at
                await asyncio.sleep(max(FETCH_INTERVAL_SECONDS - took, took))

    async def refetch(self, picture: Picture) -> None:
        """Fetch all that the picture shows, and wait for it."""
        picture.invalidate(EVERYTHING)
        while picture.is_waiting:
            await self._answered.wait()

    async def _fetch(self, http: httpx.AsyncClient, requested: list[Picture]) -> None:
        begun_at = time.monotonic()
        rows: Rows | None = None
        with contextlib.suppress(httpx.TransportError):
            answer = await http.get("/api/processes/", params={"range": "0,1000"})
            if answer.status_code == httpx.codes.OK:
                rows = {row["process_id"]: int(row["note"]) for row in answer.json()}
                self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - begun_at)
        for picture in requested:
            if rows is None:
                picture.request_failed()
            else:
                picture.show(rows)
        self._answered.set()
        self._answered = asyncio.Event()
