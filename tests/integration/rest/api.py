"""A client of the REST API that checks what holds for every answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client

_NO_BODY = object()
WITHOUT_BODY = (204, 304)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status, parsed JSON body (None where there is none) and headers."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Api:
    """Sends requests; every answer with a body is compact JSON and says so, any other has no body at all."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def send(
        self,
        method: str,
        path: str,
        body: Any = _NO_BODY,
        *,
        raw: str | bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send ``body`` as JSON, or ``raw`` as it is, and return the answer."""
        data: str | bytes = raw if raw is not None else "" if body is _NO_BODY else json.dumps(body)
        response = self._client.generic(method, path, data, content_type=content_type, headers=headers)
        if response.status_code in WITHOUT_BODY:
            assert response.content == b""
            return Answer(status=response.status_code, body=None, headers=response.headers)
        assert response.headers["Content-Type"] == "application/json"
        parsed = json.loads(response.content)
        assert len(response.content) <= len(json.dumps(parsed, separators=(",", ":")).encode()), "not compact"
        return Answer(status=response.status_code, body=parsed, headers=response.headers)

    def get(self, path: str, **headers: str) -> Answer:
        """GET; keyword ``if_none_match`` becomes the header ``If-None-Match``."""
        return self.send("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, body: Any = _NO_BODY) -> Answer:
        """POST."""
        return self.send("POST", path, body)

    def put(self, path: str, body: Any = _NO_BODY) -> Answer:
        """PUT."""
        return self.send("PUT", path, body)

    def patch(self, path: str, body: Any = _NO_BODY) -> Answer:
        """PATCH."""
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Answer:
        """DELETE."""
        return self.send("DELETE", path)


def problem(status: int, title: str, detail: str) -> dict[str, Any]:
    """Return the body of a problem detail (REST contract, section 1)."""
    return {"detail": detail, "status": status, "title": title}


LOCKED = problem(503, "Service Unavailable", "Engine is locked cannot accept changes on processes at this time")
"""What every locked endpoint answers."""


def faults(answer: Answer) -> list[tuple[str, list[Any]]]:
    """Return type and location of each fault that a 422 names."""
    assert answer.status == 422, answer
    assert set(answer.body) == {"detail"}
    for entry in answer.body["detail"]:
        assert {"type", "loc", "msg", "input"} <= set(entry), entry
    return [(entry["type"], entry["loc"]) for entry in answer.body["detail"]]
