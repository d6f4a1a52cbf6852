"""Whom the claims of a token name: name, roles, principals and dates."""

from datetime import UTC, datetime
from typing import Any

import pytest

from access.claims import ClaimRules, caller_of
from access.roles import Role

CLAIMS: dict[str, Any] = {"sub": "f3a1", "iat": 1772442900, "exp": 1772443200.5}
OWN_NAMES = {role.value: {role} for role in Role}


def caller(rules: dict[str, Any] | None = None, **claims: Any) -> Any:
    defaults: dict[str, Any] = {"name_claim": "preferred_username", "roles_claim": "roles", "role_names": OWN_NAMES}
    every = {**defaults, "clock_skew_seconds": 0, **(rules or {})}
    return caller_of({**CLAIMS, **claims}, ClaimRules(**every))


def roles(rules: dict[str, Any] | None = None, **claims: Any) -> set[str]:
    return {role.value for role in caller(rules, **claims).roles}


def test_the_caller_has_what_a_revocation_needs() -> None:
    known = caller()

    assert known.principals == {"subject:f3a1"}
    assert known.issued_at == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
    assert known.expires_at == datetime(2026, 3, 2, 9, 20, 0, 500_000, tzinfo=UTC)
    assert known.claims == CLAIMS
    assert known.is_authenticated


def test_a_token_is_as_old_as_it_may_be_by_our_clock() -> None:
    known = caller({"clock_skew_seconds": 30})

    assert known.issued_at == datetime(2026, 3, 2, 9, 14, 30, tzinfo=UTC)
    assert known.expires_at == caller().expires_at


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "ada"}, "ada"),
        ({"preferred_username": " Ada Løvelace "}, "Ada Løvelace"),
        ({"preferred_username": "a" * 101}, "a" * 100),
        ({}, "f3a1"),
        ({"preferred_username": ""}, "f3a1"),
        ({"preferred_username": "  "}, "f3a1"),
        ({"preferred_username": 7}, "f3a1"),
        ({"preferred_username": "a\x00b"}, "f3a1"),
        ({"preferred_username": "a\nb"}, "f3a1"),
        ({"preferred_username": "\ud800"}, "f3a1"),
    ],
)
def test_the_name_is_that_of_the_claim_or_else_the_subject(claims: dict[str, Any], name: str) -> None:
    assert caller(**claims).name == name


def test_another_claim_may_have_the_name() -> None:
    assert caller({"name_claim": "email"}, email="ada@example.org", preferred_username="x").name == "ada@example.org"


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        (["view"], {"view"}),
        (["operate"], {"view", "operate"}),
        (["engine"], {"view", "engine"}),
        (["admin"], {"view", "operate", "engine", "admin"}),
        (["operate", "engine", "offline_access"], {"view", "operate", "engine"}),
        ("openid operate", {"view", "operate"}),
        ([], set()),
        (["VIEW", "viewer", "view "], set()),
        ("", set()),
        (None, set()),
        ({"view": True}, set()),
        ([{"name": "admin"}, 7, None], set()),
        (True, set()),
    ],
)
def test_roles_are_granted_by_name_in_a_list_or_a_text(granted: Any, expected: set[str]) -> None:
    assert roles(roles=granted) == expected


@pytest.mark.parametrize(
    ("path", "claims", "expected"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["view"]}}, {"view"}),
        ("a.b.c", {"a": {"b": {"c": "engine"}}}, {"view", "engine"}),
        ("https://example.org/roles", {"https://example.org/roles": ["view"]}, {"view"}),
        ("realm_access.roles", {"realm_access": ["view"]}, set()),
        ("realm_access.roles", {"roles": ["view"]}, set()),
        ("realm_access", {"realm_access": {"roles": ["view"]}}, set()),
    ],
)
def test_roles_may_stand_inside_other_claims(path: str, claims: dict[str, Any], expected: set[str]) -> None:
    assert roles({"roles_claim": path}, **claims) == expected


def test_an_identity_provider_may_call_roles_otherwise() -> None:
    names = {"netops": {Role.OPERATE, Role.ENGINE}, "noc": {Role.VIEW}}

    assert roles({"role_names": names}, roles=["netops"]) == {"view", "operate", "engine"}
    assert roles({"role_names": names}, roles=["noc"]) == {"view"}
    assert roles({"role_names": names}, roles=["admin", "view"]) == set()


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": ""},
        {"sub": "  "},
        {"sub": "a" * 248},
        {"sub": "a\x00"},
        {"sub": "a\x00", "preferred_username": "ada"},
        {"sub": "", "preferred_username": "ada"},
        {"sub": "a" * 248, "preferred_username": "ada"},
        {"exp": "1772443200"},
        {"exp": 1e300},
        {"iat": [1]},
        {"iat": float("nan")},
    ],
)
def test_claims_that_are_not_what_they_should_be_name_nobody(claims: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^sub names nobody|^a date is no"):
        caller(**claims)


def test_the_longest_subject_fits_a_revocation() -> None:
    (principal,) = caller(sub="a" * 247).principals

    assert len(principal) == 255
