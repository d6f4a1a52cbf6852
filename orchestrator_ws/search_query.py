"""The search language of lists: what a person types into a search box (``docs/rest.md``, section 7).

Terms next to each other must all match, ``|`` parts alternatives, ``( )`` groups, ``-`` in front negates. A term is a
word, ``"several words"`` or ``beginning*``, looked for everywhere, or ``field:term``, looked for in that field.
"""

import re
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from django.db.models import Q

from orchestrator_ws.errors import BadRequestError
from orchestrator_ws.list_query import MATCH_NOTHING, Kind, ListFields

MAX_QUERY_LENGTH = 512
_MAX_GROUPS = 20
_MAX_TOKENS = 60  # each is looked for in a dozen columns: more nest deeper than SQLite reads
_TOKEN = re.compile(
    r'(?P<negated>-)?(?:(?P<field>\w+):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s()|"]+)|(?P<open>\())|(?P<sign>[)|])'
)


def parse_search(fields: ListFields, text: str) -> Q:
    """Return the condition; an unknown field matches nothing, an empty text everything.

    Raises:
        BadRequestError: the text or the list of its terms is too long, or its parentheses do not match, or are nested
            too deeply.
    """
    if len(text) > MAX_QUERY_LENGTH:
        raise BadRequestError(f"Max query length of {MAX_QUERY_LENGTH} characters exceeded.")
    groups = [_Group()]
    tokens = list(_TOKEN.finditer(text))
    if len(tokens) > _MAX_TOKENS:
        raise BadRequestError("Invalid query: too many terms")
    for token in tokens:
        match token.group("sign"), token.group("open"):
            case "|", _:
                groups[-1].alternatives.append(None)
            case ")", _:
                if len(groups) == 1:
                    raise BadRequestError("Invalid query: a parenthesis is not opened")
                closed = groups.pop()
                groups[-1].add(closed.condition(), negated=closed.negated)
            case _, "(":
                if len(groups) > _MAX_GROUPS:
                    raise BadRequestError("Invalid query: nested too deeply")
                groups.append(
                    _Group(name=token.group("field") or groups[-1].name, negated=bool(token.group("negated")))
                )
            case _:
                name = token.group("field") or groups[-1].name
                groups[-1].add(_term(fields, name, token), negated=bool(token.group("negated")))
    if len(groups) > 1:
        raise BadRequestError("Invalid query: a parenthesis is not closed")
    return groups[0].condition()


@dataclass(kw_only=True)
class _Group:
    """What stands between parentheses; ``name`` is the field in front of them, None for everywhere."""

    name: str | None = None
    negated: bool = False
    # Each the terms that must all match, None before the first of them.
    alternatives: list[Q | None] = field(default_factory=lambda: [None])

    def add(self, term: Q, *, negated: bool) -> None:
        condition = ~term if negated else term
        before = self.alternatives[-1]
        self.alternatives[-1] = condition if before is None else before & condition

    def condition(self) -> Q:
        return reduce(or_, (each for each in self.alternatives if each is not None), Q())


def _term(fields: ListFields, name: str | None, token: re.Match[str]) -> Q:
    phrase, word = token.group("phrase"), token.group("word")
    value = word if phrase is None else phrase
    is_beginning = phrase is None and len(value) > 1 and value.endswith("*")
    value = value.removesuffix("*") if is_beginning else value
    if name is not None:
        named = fields.find_filter(name)
        return MATCH_NOTHING if named is None else named.matches(value, "istartswith" if is_beginning else "iexact")
    everywhere = [
        each for each in [*fields.own.values(), *fields.filters.values()] if each.kind in (Kind.TEXT, Kind.UUID)
    ]
    return reduce(or_, (each.matches(value, "icontains") for each in everywhere), MATCH_NOTHING)
