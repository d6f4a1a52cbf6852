"""A token's signature and claims: what holds, and why the rest does not."""

import json
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from access.key_set import KeySet
from access.refusals import AuthenticationRefusedError, Reason
from access.tokens import MAX_TOKEN_LENGTH, TokenRules, read_header, verify
from tests.issuer import SigningKey

ALL = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
RULES = TokenRules(
    issuer="https://id.example.org", audience="orchestrator", algorithms=("ES256",), clock_skew_seconds=30
)
KEY = SigningKey.generate("ES256")


def signed(claims: dict[str, Any], key: SigningKey = KEY, **header: Any) -> str:
    """Return a token; a claim that is None is left out."""
    now = int(time.time())
    every = {"iss": RULES.issuer, "aud": RULES.audience, "sub": "f3a1", "iat": now, "exp": now + 60, **claims}
    present = {name: value for name, value in every.items() if value is not None}
    return jwt.PyJWS().encode(_json(present), key.private, key.algorithm, {"kid": key.kid, **header})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def judge(token: str, key: SigningKey = KEY) -> Any:
    """Return the claims, or the reason why the token does not hold."""
    rules = RULES
    try:
        header = read_header(token, rules.algorithms)
        known = KeySet([key.jwk()], rules.algorithms).find(header.key_id, header.algorithm)
        assert known is not None
        return verify(token, known, rules)
    except AuthenticationRefusedError as error:
        return error.reason


def test_a_good_token_gives_its_claims() -> None:
    assert judge(signed({"colour": "blue"}))["colour"] == "blue"


@pytest.mark.parametrize("algorithm", ALL)
def test_every_algorithm_that_may_be_configured_verifies(algorithm: str) -> None:
    key = SigningKey.generate(algorithm)
    rules = TokenRules(issuer=RULES.issuer, audience=RULES.audience, algorithms=(algorithm,), clock_skew_seconds=0)
    known = KeySet([key.jwk()], (algorithm,)).find(key.kid, algorithm)

    assert known is not None
    assert verify(signed({}, key), known, rules)["sub"] == "f3a1"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://id.example.org/"}, Reason.ISSUER),
        ({"iss": None}, Reason.ISSUER),
        ({"aud": "another"}, Reason.AUDIENCE),
        ({"aud": ["another", "third"]}, Reason.AUDIENCE),
        ({"aud": "orchestrator2"}, Reason.AUDIENCE),
        ({"aud": []}, Reason.AUDIENCE),
        ({"aud": None}, Reason.AUDIENCE),
        ({"aud": [{"orchestrator": 1}]}, Reason.AUDIENCE),
        ({"sub": None}, Reason.CLAIMS),
        ({"sub": 7}, Reason.CLAIMS),
        ({"exp": None}, Reason.CLAIMS),
        ({"exp": "never"}, Reason.MALFORMED),
        ({"exp": float("inf")}, Reason.MALFORMED),
        ({"iat": None}, Reason.CLAIMS),
        ({"iat": {}}, Reason.CLAIMS),
        ({"nbf": "soon"}, Reason.MALFORMED),
    ],
    ids=str,
)
def test_a_claim_that_does_not_hold_is_told_from_others(claims: dict[str, Any], reason: Reason) -> None:
    assert judge(signed(claims)) is reason


@pytest.mark.parametrize(
    ("claim", "seconds", "reason"),
    [
        ("nbf", 28, None),
        ("nbf", 32, Reason.NOT_YET_VALID),
        ("iat", 28, None),
        ("iat", 32, Reason.NOT_YET_VALID),
    ],
)
def test_a_token_may_begin_a_little_ahead_of_our_clock(claim: str, seconds: int, reason: Reason | None) -> None:
    judged = judge(signed({claim: int(time.time()) + seconds}))

    assert judged is reason if reason else judged["sub"] == "f3a1"


@pytest.mark.parametrize(("seconds", "reason"), [(28, None), (0, Reason.EXPIRED), (-1, Reason.EXPIRED)])
def test_a_token_ends_by_our_clock(seconds: int, reason: Reason | None) -> None:
    judged = judge(signed({"exp": int(time.time()) + seconds}))

    assert judged is reason if reason else judged["sub"] == "f3a1"


def test_a_token_that_ends_at_a_text_is_judged_by_its_number() -> None:
    assert judge(signed({"exp": str(int(time.time()) - 1)})) is Reason.EXPIRED


def test_an_audience_among_several_will_do() -> None:
    assert judge(signed({"aud": ["account", "orchestrator"]}))["sub"] == "f3a1"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", Reason.MISSING),
        ("a", Reason.MALFORMED),
        ("a.b.c", Reason.MALFORMED),
        ("....", Reason.MALFORMED),
        ("ey J0.e30.e30", Reason.MALFORMED),
        ("W10.e30.e30", Reason.MALFORMED),
        ("e30.e30.e30", Reason.ALGORITHM),
        ("\xff.\xfe.\x00", Reason.MALFORMED),
        ("\ud800.e30.e30", Reason.MALFORMED),
        ("e30." + "a" * MAX_TOKEN_LENGTH + ".e30", Reason.MALFORMED),
    ],
    ids=["empty", "a", "three letters", "dots", "blank", "header no object", "no alg", "bytes", "surrogate", "long"],
)
def test_what_is_no_token_is_refused(token: str, reason: Reason) -> None:
    assert judge(token) is reason


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS256", "", None, 7, ["ES256"], {"a": 1}], ids=str)
def test_an_algorithm_that_is_not_allowed_is_refused_before_any_key_is_looked_at(algorithm: Any) -> None:
    header = jwt.utils.base64url_encode(_json({"alg": algorithm, "kid": KEY.kid})).decode()

    with pytest.raises(AuthenticationRefusedError) as caught:
        read_header(f"{header}.{signed({}).split('.', 1)[1]}", RULES.algorithms)

    assert caught.value.reason is Reason.ALGORITHM


@pytest.mark.parametrize("kid", [7, ["a"], {"a": 1}])
def test_a_key_id_that_is_no_text_is_malformed(kid: Any) -> None:
    header = jwt.utils.base64url_encode(_json({"alg": "ES256", "kid": kid})).decode()

    assert judge(f"{header}.{signed({}).split('.', 1)[1]}") is Reason.MALFORMED


def test_an_extension_that_is_not_understood_is_refused() -> None:
    assert judge(signed({}, crit=["exp2"], exp2=1)) is Reason.CLAIMS


def test_claims_changed_after_the_signature_are_refused() -> None:
    header, _, signature = signed({}).split(".")
    _, payload, _ = signed({"roles": ["admin"]}).split(".")

    assert judge(f"{header}.{payload}.{signature}") is Reason.SIGNATURE


@pytest.mark.parametrize("cut", [0, 1, 4])
def test_a_signature_that_was_cut_is_refused(cut: int) -> None:
    token = signed({})
    head, _, signature = token.rpartition(".")

    assert judge(f"{head}.{signature[:cut]}") in (Reason.SIGNATURE, Reason.MALFORMED)


def test_a_refusal_never_holds_the_token() -> None:
    known = KeySet([KEY.jwk()], RULES.algorithms).find(KEY.kid, "ES256")
    assert known is not None

    with pytest.raises(AuthenticationRefusedError) as caught:
        verify(signed({"aud": "another"}), known, RULES)

    assert str(caught.value) == "Invalid or expired token"


def test_a_key_that_is_too_short_verifies_nothing() -> None:
    short = SigningKey(algorithm="RS256", private=rsa.generate_private_key(public_exponent=65537, key_size=1024))
    rules = replace(RULES, algorithms=("RS256",))
    known = KeySet([short.jwk()], ("RS256",)).find(short.kid, "RS256")
    assert known is not None
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = signed({}, short)

    with pytest.raises(AuthenticationRefusedError) as caught:
        verify(token, known, rules)

    assert caught.value.reason is Reason.SIGNATURE
