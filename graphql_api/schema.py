"""The schema: what can be asked for, and how deep (``docs/graphql.md``)."""

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter
from strawberry.types import ExecutionContext

from graphql_api.connections import Connection
from graphql_api.types import (
    PROCESSES,
    PRODUCTS,
    SUBSCRIPTIONS,
    WORKFLOWS_IN_DATABASE,
    Process,
    Product,
    Subscription,
    Workflow,
)

VERSION = "orchestrator-core: 5.5.0 (django)"
"""What the UI compares with the oldest version that it works with: whose API this is."""

MAX_DEPTH = 10
MAX_TOKENS = 2000
MAX_ALIASES = 20


@strawberry.type
class VersionType:
    """What runs here."""

    application_versions: list[str]


@strawberry.type
class Query:
    """What can be asked for."""

    processes: Connection[Process] = PROCESSES.list_all()
    workflows: Connection[Workflow] = WORKFLOWS_IN_DATABASE.list_all()
    products: Connection[Product] = PRODUCTS.list_all()
    subscriptions: Connection[Subscription] = SUBSCRIPTIONS.list_all()

    @strawberry.field
    def version(self) -> VersionType:
        """Return what runs here."""
        return VersionType(application_versions=[VERSION])


class Schema(strawberry.Schema):
    """Leaves errors to whoever answers (``graphql_api.answers``): most are of the request, and no fault of ours."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing."""


SCHEMA = Schema(
    Query,
    extensions=[
        lambda: QueryDepthLimiter(max_depth=MAX_DEPTH),
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: MaxAliasesLimiter(max_alias_count=MAX_ALIASES),
    ],
)
