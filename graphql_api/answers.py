"""Execute a request and make its answer: data, and what was wrong in words for the UI (``docs/graphql.md``)."""

import logging
from http import HTTPStatus
from typing import Any

from graphql import GraphQLError, GraphQLFormattedError
from pydantic import BaseModel, ConfigDict, Field

from access.callers import Caller
from graphql_api.context import Context, ErrorType
from graphql_api.schema import SCHEMA
from orchestrator_ws.contracts import JsonObject
from orchestrator_ws.errors import OrchestratorError
from orchestrator_ws.problem_details import status_of

logger = logging.getLogger(__name__)


_TYPES = {
    HTTPStatus.UNAUTHORIZED: ErrorType.NOT_AUTHENTICATED,
    HTTPStatus.FORBIDDEN: ErrorType.NOT_AUTHORIZED,
    HTTPStatus.NOT_FOUND: ErrorType.NOT_FOUND,
}


class GraphqlRequest(BaseModel):
    """The body of ``POST /api/graphql``."""

    model_config = ConfigDict(extra="ignore")

    query: str = Field(min_length=1)
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815  the protocol's name


def execute(request: GraphqlRequest, caller: Caller) -> JsonObject:
    """Return the answer to a request; whatever is wrong with it is in ``errors``, left out when there is nothing."""
    context = Context(caller=caller)
    result = SCHEMA.execute_sync(
        request.query,
        variable_values=request.variables,
        operation_name=request.operationName,
        context_value=context,
    )
    errors = [_explain(error) for error in result.errors or ()]
    errors += [fault.formatted for fault in context.faults.values()]
    return {"data": result.data} | ({"errors": errors} if errors else {})


def refusal(status: int, message: str) -> JsonObject:
    """Return the answer to a request that is not executed."""
    return {"data": None, "errors": [{"message": message, "extensions": {"error_type": error_type(status)}}]}


def error_type(status: int) -> ErrorType:
    """Return what a client is told by an HTTP status."""
    otherwise = ErrorType.INTERNAL_ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ErrorType.BAD_REQUEST
    return _TYPES.get(HTTPStatus(status), otherwise)


def _explain(error: GraphQLError) -> GraphQLFormattedError:
    shown = error.formatted
    cause = error.original_error
    match cause:
        case None | GraphQLError():
            kind = ErrorType.BAD_REQUEST
        case OrchestratorError():
            kind = error_type(status_of(cause))
        case _:
            logger.error("Unexpected exception in a query", exc_info=cause)
            kind, shown["message"] = ErrorType.INTERNAL_ERROR, HTTPStatus.INTERNAL_SERVER_ERROR.phrase
    return {**shown, "extensions": {"error_type": kind}}
