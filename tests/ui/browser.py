"""A browser that shows the UI from another origin: it asks first where browsers do, and reads as the UI does."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

UI_ORIGIN = "http://localhost:3000"

_NO_BODY = object()
_SIMPLE = ("GET", "HEAD", "POST")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Status and parsed body; None where there is none."""

    status: int
    body: Any


class Browser:
    """Calls the API as the UI does: without trailing slashes, cookies or a token."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def call(self, method: str, path: str, body: Any = _NO_BODY) -> Answer:
        """Call ``/api/<path>``; an answer that is not 204 must be JSON that the page may read."""
        has_body = body is not _NO_BODY
        if has_body or method not in _SIMPLE:
            self._ask_first(method, path)
        data = json.dumps(body) if has_body else ""
        response = self._client.generic(
            method, f"/api/{path}", data, content_type="application/json", headers={"Origin": UI_ORIGIN}
        )
        assert response.headers["Access-Control-Allow-Origin"] == UI_ORIGIN
        assert response.status_code not in (301, 302, 307, 308)
        return Answer(
            status=response.status_code, body=None if response.status_code == 204 else json.loads(response.content)
        )

    def query(self, document: str, **variables: Any) -> Any:
        """Send a GraphQL operation whose every field exists, and return its data."""
        answer = self.send_query(document, **variables)
        assert set(answer) == {"data"}, answer
        return answer["data"]

    def send_query(self, document: str, /, **variables: Any) -> Any:
        """Send a GraphQL operation and return the answer."""
        name = document.split("(", maxsplit=1)[0].split("{", maxsplit=1)[0].rsplit(maxsplit=1)[-1]
        answer = self.call("POST", "graphql", {"query": document, "variables": variables, "operationName": name})
        assert answer.status == 200, answer
        return answer.body

    def _ask_first(self, method: str, path: str) -> None:
        headers = {
            "Origin": UI_ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        response = self._client.options(f"/api/{path}", headers=headers)
        assert response.status_code == 200, (method, path)
        assert response.headers["Access-Control-Allow-Origin"] == UI_ORIGIN
        assert method in response.headers["Access-Control-Allow-Methods"]
        assert {"authorization", "content-type"} <= set(response.headers["Access-Control-Allow-Headers"].split(", "))
