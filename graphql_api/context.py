"""What one request knows while it is answered."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from graphql import GraphQLError
from strawberry.types import Info as StrawberryInfo

from access.callers import Caller
from graphql_api.batches import Budget


class ErrorType(StrEnum):
    """What a client does about an error: the extension ``error_type``."""

    BAD_REQUEST = "bad_request"
    INTERNAL_ERROR = "internal_error"
    NOT_AUTHENTICATED = "not_authenticated"
    NOT_AUTHORIZED = "not_authorized"
    NOT_FOUND = "not_found"


@dataclass(kw_only=True)
class Context:
    """Who asks, what may still be answered, and what was wrong where data is answered all the same."""

    caller: Caller
    budget: Budget = field(default_factory=Budget)
    faults: dict[tuple[str, ...], GraphQLError] = field(default_factory=dict)

    def report(self, path: list[str | int], message: str) -> None:
        """Tell that something in the request was wrong, once for all objects of a page."""
        where = tuple(part for part in path if isinstance(part, str))
        error = GraphQLError(message, path=path, extensions={"error_type": ErrorType.BAD_REQUEST})
        self.faults.setdefault((*where, message), error)


Info: TypeAlias = StrawberryInfo[Context, None]
