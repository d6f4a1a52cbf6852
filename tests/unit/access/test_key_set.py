"""The keys of an identity provider: which may verify what."""

from dataclasses import replace
from typing import Any

import pytest
from jwt.algorithms import RSAAlgorithm

from access.key_set import KeySet, read_key_set
from tests.issuer import SigningKey

RSA = SigningKey.generate("RS256")
SMALL_CURVE = SigningKey.generate("ES256")
LARGE_CURVE = SigningKey.generate("ES384")
EDWARDS = SigningKey.generate("EdDSA")
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


def jwk(key: SigningKey, **changes: Any) -> dict[str, Any]:
    """Return the key as a document has it; a member that is None is left out."""
    return {name: value for name, value in {**key.jwk(), **changes}.items() if value is not None}


def fits(key: dict[str, Any], kid: str | None) -> set[str]:
    """Return the algorithms that the key may verify."""
    return {algorithm for algorithm in ALGORITHMS if KeySet([key], ALGORITHMS).find(kid, algorithm) is not None}


@pytest.mark.parametrize(
    ("key", "algorithms"),
    [
        (RSA, {"RS256", "PS256"}),
        (SMALL_CURVE, {"ES256"}),
        (LARGE_CURVE, set()),
        (EDWARDS, {"EdDSA"}),
    ],
    ids=["RSA", "P-256", "P-384", "Ed25519"],
)
def test_a_key_that_names_no_algorithm_is_for_those_of_its_type(key: SigningKey, algorithms: set[str]) -> None:
    assert fits(jwk(key, alg=None), key.kid) == algorithms


def test_a_key_that_names_an_algorithm_is_for_no_other() -> None:
    assert fits(jwk(RSA, alg="PS256"), RSA.kid) == {"PS256"}
    assert fits(jwk(RSA, alg="ES256"), RSA.kid) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0", "alg": None},
        {"kty": None},
        {"kty": "XYZ"},
        {"n": None},
        {"n": 7},
        {"e": "!!!"},
        {"kid": 7},
        {"kid": ["a"]},
    ],
    ids=str,
)
def test_a_key_that_is_for_something_else_is_left_out(changes: dict[str, Any]) -> None:
    assert len(KeySet([jwk(RSA, **changes)], ALGORITHMS)) == 0


def test_a_private_key_is_left_out() -> None:
    private = RSAAlgorithm.to_jwk(RSA.private, as_dict=True)

    assert len(KeySet([{**private, "kid": RSA.kid}], ALGORITHMS)) == 0


def test_a_token_that_names_no_key_means_the_only_one_that_fits() -> None:
    one = KeySet([jwk(RSA), jwk(SMALL_CURVE)], ALGORITHMS)
    two = KeySet([jwk(RSA), jwk(RSA, kid="other")], ALGORITHMS)

    found = one.find(None, "RS256")
    assert found is not None
    assert found.key_id == RSA.kid
    assert two.find(None, "RS256") is None
    assert one.find(None, "EdDSA") is None


def test_the_first_of_two_keys_of_one_name_counts() -> None:
    impostor = replace(SigningKey.generate("RS256"), kid=RSA.kid)

    found = KeySet([jwk(RSA), jwk(impostor)], ALGORITHMS).find(RSA.kid, "RS256")

    assert found is not None
    assert found.key.public_numbers() == RSA.private.public_key().public_numbers()


def test_no_more_keys_than_anyone_needs_are_looked_at() -> None:
    keys = KeySet([jwk(SMALL_CURVE, kid=str(number)) for number in range(101)], ALGORITHMS)

    assert keys.find("99", "ES256") is not None
    assert keys.find("100", "ES256") is None


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "keys",
        {},
        {"keys": None},
        {"keys": {}},
        {"keys": []},
        {"keys": ["a", 7]},
        {"keys": [jwk(LARGE_CURVE)]},
    ],
    ids=["null", "list", "text", "empty", "keys null", "keys no list", "no keys", "no objects", "none that fits"],
)
def test_a_document_without_a_key_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match="the key set"):
        read_key_set(document, ALGORITHMS)


def test_a_document_may_hold_what_is_not_understood() -> None:
    keys = read_key_set({"keys": [7, {"kty": "new"}, jwk(RSA)], "more": 1}, ALGORITHMS)

    assert keys.find(RSA.kid, "RS256") is not None
