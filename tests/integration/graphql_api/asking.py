"""Somebody who asks by GraphQL."""

from typing import Any

from tests.integration.rest.api import Answer, Api


class Graphql:
    """Sends queries."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def send(self, query: str, /, **variables: Any) -> Answer:
        """Send the query and return the whole answer."""
        return self._api.post("/api/graphql", {"query": query, "variables": variables})

    def data(self, query: str, /, **variables: Any) -> Any:
        """Send the query, which must be answered without an error, and return the data."""
        answer = self.send(query, **variables)
        assert (answer.status, set(answer.body)) == (200, {"data"}), answer.body
        return answer.body["data"]

    def errors(self, query: str, /, **variables: Any) -> tuple[Any, list[tuple[str, str]]]:
        """Send the query, of which something must be wrong, and return the data, and message and type of each error."""
        body = self.send(query, **variables).body
        return body["data"], [(error["message"], error["extensions"]["error_type"]) for error in body["errors"]]
