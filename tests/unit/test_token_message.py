"""The message by which a client stays for longer: what is one, and that nothing else ever is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.messages import read_token_message

KEYS = st.just("token") | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)
)


@given(st.text(), st.sampled_from([None, 0, 4]))
def test_a_token_is_read_however_the_json_is_written(token: str, indent: int | None) -> None:
    assert read_token_message(json.dumps({"token": token}, indent=indent)) == token


@given(st.text() | JSON.map(json.dumps))
def test_any_other_text_holds_none(text: str) -> None:
    token = read_token_message(text)

    assert token is None or json.loads(text) == {"token": token}


@pytest.mark.parametrize("text", ["{", "{]", '{"token": }', '{"token": "a"} b', '{"token":' + "[" * 100_000])
def test_what_only_begins_like_json_holds_none(text: str) -> None:
    assert read_token_message(text) is None
