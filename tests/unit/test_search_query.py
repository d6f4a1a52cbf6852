"""The search language: how a text becomes a condition, and what is refused."""

import pytest
from django.db.models import Q

from orchestrator_ws.errors import BadRequestError
from orchestrator_ws.list_query import Field, Kind, ListFields
from orchestrator_ws.search_query import parse_search

FIELDS = ListFields(
    own={"name": Field("name"), "insync": Field("insync", Kind.BOOLEAN), "start_date": Field("start_date", Kind.DATE)},
    filters={"tag": Field("product__tag")},
    sorts={},
    default_order=[],
    key="pk",
)
NOTHING = Q(pk__in=[])


def search(text: str) -> Q:
    return parse_search(FIELDS, text)


def named(value: str, lookup: str = "iexact") -> Q:
    return Q(**{f"name__{lookup}": value}) & Q(name__isnull=False)


@pytest.mark.parametrize("text", ["", "  ", "|"])
def test_without_terms_everything_matches(text: str) -> None:
    assert search(text) == Q()


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        pytest.param("name:a", named("a"), id="field"),
        pytest.param("name:a*", named("a", "istartswith"), id="beginning"),
        pytest.param('name:"a b"', named("a b"), id="phrase"),
        pytest.param('name:"a*"', named("a*"), id="no-beginning-within-a-phrase"),
        pytest.param("-name:a", ~named("a"), id="negated"),
        pytest.param("name:a-b", named("a-b"), id="hyphen-within-a-word"),
        pytest.param("name:a name:b", named("a") & named("b"), id="and"),
        pytest.param("name:a | name:b", named("a") | named("b"), id="or"),
        pytest.param("name:(a|b)", named("a") | named("b"), id="values-of-a-field"),
        pytest.param("-name:(a|b)", ~(named("a") | named("b")), id="negated-group"),
        pytest.param("name:a name:b | name:c", named("a") & named("b") | named("c"), id="and-before-or"),
        pytest.param("name:a (name:b | name:c)", named("a") & (named("b") | named("c")), id="group"),
        pytest.param("insync:false", Q(insync=False), id="boolean"),
        pytest.param("startDate:yesterday", NOTHING, id="what-no-field-can-have"),
        pytest.param("nope:a", NOTHING, id="unknown-field"),
    ],
)
def test_a_text_is_a_condition(text: str, condition: Q) -> None:
    assert search(text) == condition


def test_a_bare_word_is_looked_for_in_every_text() -> None:
    tagged = Q(product__tag__icontains="a") & Q(product__tag__isnull=False)

    assert search("a") == NOTHING | named("a", "icontains") | tagged


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("(name:a", "Invalid query: a parenthesis is not closed"),
        ("name:a)", "Invalid query: a parenthesis is not opened"),
        ("(" * 25 + "a" + ")" * 25, "Invalid query: nested too deeply"),
        ("a|" * 40, "Invalid query: too many terms"),
        ("a" * 513, "Max query length of 512 characters exceeded."),
    ],
)
def test_anything_else_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(BadRequestError) as refusal:
        search(text)

    assert str(refusal.value) == sentence
