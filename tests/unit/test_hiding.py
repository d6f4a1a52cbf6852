"""Secrets in texts: whole, encoded, or cut short."""

from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_ws.hiding import hide

KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


@pytest.mark.parametrize("ellipsis", ["...", "…"])
@given(kept=st.integers(4, len(KEY) - 1), before=st.text("ab'{", max_size=5))
def test_what_an_ellipsis_leaves_of_a_secret_is_hidden(ellipsis: str, kept: int, before: str) -> None:
    secrets = frozenset({KEY, "another"})

    assert hide(f"{before}{KEY[:kept]}{ellipsis}x", secrets) == f"{before}***{ellipsis}x"
    assert hide(f"x{ellipsis}{KEY[-kept:]}'}}", secrets) == f"x{ellipsis}***'}}"
    assert hide(f"{KEY[:kept]}{ellipsis}{KEY[-kept:]}", secrets) == f"***{ellipsis}***"


def test_an_ellipsis_beside_other_words_changes_nothing() -> None:
    text = "wait... and see ... MII...KKj ..."

    assert hide(text, frozenset({KEY})) == text


@given(st.text(min_size=4, max_size=20))
def test_a_secret_in_an_address_is_hidden(secret: str) -> None:
    assert hide(f"https://a.example/?q={quote_plus(secret, errors='replace')}", frozenset({secret})).endswith("=***")
