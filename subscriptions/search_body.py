"""What a search by conditions asks for: the body of ``POST /api/search/subscriptions``."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from orchestrator_ws.list_query import MAX_CONDITIONS

MAX_DEPTH = 3 * 10 + 3
"""How deep the JSON of conditions is nested at most: ten times ``bool``, then a term."""

MAX_PARTS = 3 * MAX_CONDITIONS
"""Values in it: a condition has three at most."""


def _require_bounded(filters: Any) -> Any:
    """Refuse before anything is said about each part."""
    waiting, count = [(filters, 1)], 0
    while waiting:
        value, depth = waiting.pop()
        parts = [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
        count += len(parts)
        if depth > MAX_DEPTH or count > MAX_PARTS:
            raise ValueError("conditions are too many or nested too deeply")
        waiting += [(part, depth + 1) for part in parts]
    return filters


def _as_integer(number: Any) -> Any:
    """Return an int for a float without a fraction: JSON has one kind of numbers, of which 5.0 is an integer too."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


AS_INTEGER = BeforeValidator(_as_integer)


def _kind(condition: Any) -> str | None:
    return next((kind for kind in ("term", "bool") if isinstance(condition, dict) and kind in condition), None)


class Term(BaseModel):
    """One field and the value that it has."""

    model_config = ConfigDict(extra="forbid", strict=True)

    term: Annotated[dict[str, str | bool | Annotated[int, AS_INTEGER]], Field(min_length=1, max_length=1)]


class Conditions(BaseModel):
    """All of ``must`` hold, and one of ``should`` if there are any."""

    model_config = ConfigDict(extra="forbid", strict=True)

    must: "list[Condition]" = []
    should: "list[Condition]" = []


class Combined(BaseModel):
    """Conditions in place of one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    conditions: Conditions = Field(alias="bool")


Condition: TypeAlias = Annotated[
    Annotated[Term, Tag("term")] | Annotated[Combined, Tag("bool")],
    # Without it a fault would be told, with its input, for each kind on each level.
    Discriminator(_kind),
]


class SearchOrder(BaseModel):
    """By what the rows are sorted."""

    model_config = ConfigDict(strict=True)

    element: str
    direction: Literal["asc", "desc"] = "asc"


class Search(BaseModel):
    """The body of ``POST /api/search/subscriptions``; what else it has is of no account."""

    model_config = ConfigDict(strict=True)

    query: str | None = None
    filters: Annotated[Condition | None, BeforeValidator(_require_bounded)] = None
    limit: Annotated[int, Field(ge=1, le=100), AS_INTEGER] = 10
    order_by: SearchOrder | None = None
    response_columns: Annotated[list[str], Field(max_length=50)] | None = None
