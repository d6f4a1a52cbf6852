"""Masking: which keys are secret, and that no value of theirs is left anywhere."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_ws.hiding import hide
from orchestrator_ws.masking import Masking

MASKING = Masking()

SECRET_KEYS = [
    "password",
    "Password",
    "adminPassword",
    "admin-password",
    "ADMIN_PASSWORD_2",
    "password2",
    "passwd",
    "passphrase",
    "secret",
    "clientSecret",
    "api_key",
    "apikey",
    "apiKey",
    "APIKey",
    "X-API-Key",
    "private_key",
    "access_token",
    "api_token",
    "github_token",
    "db_pwd",
    "wifi_psk",
    "pre_shared_key",
    "snmp_community",
    "refreshToken",
    "auth_token",
    "bearer",
    "credential",
    "credentials",
    "Authorization",
    "Set-Cookie",
    "token",
    "PassWord",
    "ApiKeys",
    "private_keys",
    "accessTokens",
    "tokens",
]
PLAIN_KEYS = [
    "__callback_token",
    "callback_route",
    "passwordless",
    "secretary",
    "key",
    "public_key",
    "token_count",
    "next_page_token",
    "bgp_community",
    "bearers",
    "keyboard",
    "",
    "__step_group",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PLAIN_KEYS), inner, max_size=3),
    max_leaves=10,
)
SECRETS = st.integers(10**9, 10**10).map(lambda number: f"s3cr3t-{number}")


def nest(value: Any, path: list[str | None]) -> Any:
    """Return the value inside of an object for each key of the path, a list for each None."""
    for key in path:
        value = [value, 1] if key is None else {key: value, "other": 1}
    return value


PATHS = st.lists(st.none() | st.sampled_from(PLAIN_KEYS), max_size=6)


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_a_secret_key(key: str) -> None:
    assert MASKING.mask({key: "x", "other": [{key: {"deep": 1}}]}) == {key: "***", "other": [{key: "***"}]}


@pytest.mark.parametrize("key", PLAIN_KEYS)
def test_a_key_like_any_other(key: str) -> None:
    assert MASKING.mask({key: "x"}) == {key: "x"}


def test_another_expression_takes_the_place_of_the_default_but_not_of_the_callback_token() -> None:
    masking = Masking("pin|callback_token")

    value = {"simPin": 1, "password": 2, "__callback_token": 3}
    assert masking.mask(value) == {"simPin": "***", "password": 2, "__callback_token": 3}


@given(VALUES)
def test_a_value_without_secrets_is_shown_as_it_is(value: Any) -> None:
    assert MASKING.mask(value) == value


@given(SECRETS, PATHS, PATHS, st.sampled_from(SECRET_KEYS))
def test_no_secret_is_left_at_any_depth_and_the_stored_value_stays(
    secret: str, inside: list[str | None], outside: list[str | None], key: str
) -> None:
    value = nest({key: nest(secret, inside)}, outside)

    assert secret not in json.dumps(MASKING.mask(value))
    assert secret in json.dumps(value)
    assert MASKING.secrets_in(value) >= {secret}


@given(st.text(min_size=4, max_size=30), st.text(max_size=10), st.sampled_from(["{}", "{!r}"]))
def test_a_secret_is_hidden_in_texts_also_as_python_quotes_it(secret: str, before: str, form: str) -> None:
    state = {"password": secret}

    text = hide(f"{before} cannot log in with {form.format(secret)}", MASKING.secrets_in(state))

    assert form.format(secret) not in text.replace("***", "") or secret in " cannot log in with "
    assert hide({"error": [json.dumps(secret)]}, frozenset({secret})) == {"error": ['"***"']}


def test_of_two_secrets_of_which_one_begins_the_other_both_are_hidden() -> None:
    assert hide("abcd abcdef", frozenset({"abcd", "abcdef"})) == "*** ***"


def test_short_values_and_what_is_no_text_are_not_looked_for() -> None:
    state = {"password": "abc", "secret": True, "token": None, "pins": {"api_key": 12345}}

    assert MASKING.secrets_in(state) == {"12345"}
    assert hide("abc True None", MASKING.secrets_in(state)) == "abc True None"


class TestForms:
    def test_a_secret_field_keeps_its_schema_and_loses_its_values(self) -> None:
        field = {"type": "string", "title": "Password", "minLength": 8}
        schema = {"properties": {"password": field | {"default": "s3cr3t", "examples": ["x"]}}, "required": []}

        assert MASKING.mask_form(schema) == {"properties": {"password": field}, "required": []}

    def test_a_default_that_holds_a_secret_is_masked(self) -> None:
        schema: dict[str, Any] = {
            "$defs": {"Login": {"properties": {"secret": {"anyOf": [{"type": "string", "default": "s3cr3t"}]}}}}
        }
        schema |= {"properties": {"login": {"default": {"user": "jane", "secret": "s3cr3t"}}}}

        masked = MASKING.mask_form(schema)
        assert masked["properties"] == {"login": {"default": {"user": "jane", "secret": "***"}}}
        assert masked["$defs"]["Login"]["properties"]["secret"] == {"anyOf": [{"type": "string"}]}

    def test_a_read_only_secret_tells_nothing_of_its_value(self) -> None:
        field = {"const": "s3cr3t", "enum": ["s3cr3t"], "uniforms": {"disabled": True, "value": "s3cr3t"}}
        schema = {"properties": {"password": field, "user": field}}

        masked = {"password": {"uniforms": {"disabled": True}}, "user": field}
        assert MASKING.mask_form(schema) == {"properties": masked}

    def test_what_a_secret_field_is_made_of_is_secret_too_whatever_it_is_made_of(self) -> None:
        reference = {"anyOf": [{"$ref": "#/$defs/Login"}, {"type": "null"}]}
        login = {"properties": {"inner": {"$ref": "#/$defs/Inner"}, "user": {"type": "string", "default": "s3cr3t"}}}
        inner = {"properties": {"user": {"const": "s3cr3t"}, "again": {"$ref": "#/$defs/Login"}}}
        choice, other = {"enum": ["a", "b"]}, {"properties": {"user": {"default": "jane"}}}
        schema = {
            "$defs": {"Login": login, "Inner": inner, "Choice": choice, "Other": other},
            "properties": {
                "credentials": reference,
                "psk": {"$ref": "#/$defs/Choice"},
                "other": {"$ref": "#/$defs/Other"},
            },
        }

        masked = MASKING.mask_form(schema)

        assert "s3cr3t" not in str(masked)
        assert masked["properties"] == schema["properties"]
        assert (masked["$defs"]["Choice"], masked["$defs"]["Other"]) == (choice, other)

    def test_a_field_named_like_a_keyword_is_a_field(self) -> None:
        schema = {"properties": {"properties": {"default": 1}, "default": {"type": "string", "default": "x"}}}

        assert MASKING.mask_form(schema) == schema

    def test_there_may_be_none(self) -> None:
        assert MASKING.mask_form(None) is None


def test_faults_keep_no_secret_input() -> None:
    faults: list[dict[str, Any]] = [
        {"loc": ["body", 0, "password"], "input": "s3cr3t", "msg": "too short"},
        {"loc": ["body"], "input": [{"user": "jane", "secret": "s3cr3t"}]},
        {"loc": ["body"], "msg": "Field required"},
    ]

    assert MASKING.mask_faults(faults) == [
        {"loc": ["body", 0, "password"], "input": "***", "msg": "too short"},
        {"loc": ["body"], "input": [{"user": "jane", "secret": "***"}]},
        {"loc": ["body"], "msg": "Field required"},
    ]


def test_faults_do_not_cite_a_secret() -> None:
    said = {"msg": "Value error, 's3cr3t' is weak", "ctx": {"error": "'s3cr3t' is weak"}}
    at_secret, around = MASKING.mask_faults(
        [{"loc": ["password"], "input": "s3cr3t", **said}, {"loc": [], "input": {"password": "s3cr3t"}, **said}]
    )

    masked = {"msg": "Value error, '***' is weak", "ctx": {"error": "'***' is weak"}}
    assert at_secret == {"loc": ["password"], "input": "***", **masked}
    assert around == {"loc": [], "input": {"password": "***"}, **masked}


def test_faults_do_not_tell_which_secret_would_be_right() -> None:
    fault = {"type": "literal_error", "msg": "Input should be 's3cr3t'", "ctx": {"expected": "'s3cr3t'"}, "input": "x"}

    at_secret, elsewhere = MASKING.mask_faults([fault | {"loc": ["password"]}, fault | {"loc": ["user"]}])

    assert "s3cr3t" not in str(at_secret)
    assert elsewhere == fault | {"loc": ["user"]}
