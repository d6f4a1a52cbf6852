"""A browser that shows everything about the engine and refetches, at once, only what frames tell it."""

import json
import threading
from types import TracebackType
from typing import Any, Self

from tests.functional.clients import WebSocketClient
from tests.servers import Server

FAILURES = ("failed", "inconsistent_data", "api_unavailable")


class Browser:
    """Shows the newest processes, one of them in detail, the engine and the badge of failed tasks."""

    def __init__(self, server: Server, process_id: str | None = None) -> None:
        self._server = server
        self._process_id = process_id
        # What is shown, by the part of the page; the lock guards it.
        self._shown: dict[str, Any] = {}
        self._showing = threading.Lock()
        self._client = WebSocketClient(server.websocket_url(), on_frame=self._on_frame)

    def __enter__(self) -> Self:
        self._client.__enter__()
        self._client.ping()
        self._refetch(*self._fetchers())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.__exit__(kind, error, traceback)

    def stale_parts(self) -> list[str]:
        """Return the parts of the page that differ from what a reload would show."""
        with self._showing:
            return [part for part, fetch in self._fetchers().items() if self._shown[part] != fetch()]

    def _on_frame(self, text: str) -> None:
        value = json.loads(text)["value"]
        match value["type"], value.get("id"):
            case "processes", None:
                self._refetch("list", "detail")
            case "processes", "LIST":
                self._refetch("list")
            case "processes", self._process_id:
                self._refetch("detail")
            case "processStatusCounts", _:
                self._refetch("badge")
            case "engineStatus", _:
                self._refetch("engine")

    def _refetch(self, *parts: str) -> None:
        with self._showing:
            self._shown.update({part: self._fetchers()[part]() for part in parts})

    def _fetchers(self) -> dict[str, Any]:
        return {"list": self._list, "detail": self._detail, "badge": self._badge, "engine": self._engine}

    def _list(self) -> Any:
        return self._get("/api/processes/?range=0,10")

    def _detail(self) -> Any:
        return None if self._process_id is None else self._get(f"/api/processes/{self._process_id}")

    def _badge(self) -> Any:
        counts = self._get("/api/processes/status-counts")["task_counts"]
        return {status: counts.get(status, 0) for status in FAILURES}

    def _engine(self) -> Any:
        # How many run is told only when the status changes.
        status = self._get("/api/settings/status")
        return status["global_lock"], status["global_status"]

    def _get(self, path: str) -> Any:
        return self._server.http.get(path).json()
