"""What the identity provider answers, and what is made of it: documents, redirects, sizes, times."""

import gzip
import json
import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from access import identity_provider
from access.identity_provider import fetch_keys
from tests.issuer import DISCOVERY, KEYS, Issuer, Reply

ALGORITHMS = ("RS256",)


@pytest.fixture(autouse=True)
def true_replies(running_issuer: Issuer) -> Iterator[None]:
    running_issuer.recover()
    yield
    # Servers of other tests ask it too.
    running_issuer.recover()


def test_the_keys_are_where_the_discovery_document_says(running_issuer: Issuer) -> None:
    keys = fetch_keys(running_issuer.url, None, ALGORITHMS)

    assert keys.find(running_issuer.keys[-1].kid, "RS256") is not None
    assert running_issuer.fetches == {DISCOVERY: 1, KEYS: 1}


def test_the_keys_may_be_somewhere_else(running_issuer: Issuer) -> None:
    keys = fetch_keys("https://unreachable.test", running_issuer.url + KEYS, ALGORITHMS)

    assert len(keys) == 1
    assert running_issuer.fetches == {KEYS: 1}


def document(text: str) -> Reply:
    """Return a reply with the text; URL stands for the issuer's."""
    return Reply(parts=(text.encode(),))


@pytest.mark.parametrize(
    ("path", "reply", "fault"),
    [
        (DISCOVERY, document('{"issuer":"URL/","jwks_uri":"URL/keys"}'), "another issuer"),
        (DISCOVERY, document('{"issuer":"https://evil.test","jwks_uri":"URL/keys"}'), "another issuer"),
        (DISCOVERY, document('["URL"]'), "another issuer"),
        (DISCOVERY, document('{"issuer":"URL"}'), "no jwks_uri"),
        (DISCOVERY, document('{"issuer":"URL","jwks_uri":7}'), "no jwks_uri"),
        (DISCOVERY, document('{"issuer":"URL","jwks_uri":"http://evil.test/keys"}'), "http is only for this host"),
        (DISCOVERY, document('{"issuer":"URL","jwks_uri":"file:///etc/keys"}'), "no URL"),
        (DISCOVERY, document("<html>"), "Expecting value"),
        (KEYS, document(""), "Expecting value"),
        (KEYS, document("{"), "Expecting property name"),
        (KEYS, document('{"keys":[]}'), "no key for the algorithms"),
        (KEYS, Reply(status=500), "HTTP status 500"),
        (KEYS, Reply(status=404), "HTTP status 404"),
        (KEYS, Reply(status=302, headers={"Location": "/realms/test/elsewhere"}), "HTTP status 302"),
        (KEYS, Reply(parts=(b" " * 65_536,) * 9), "too long"),
    ],
)
def test_an_answer_that_is_not_the_issuers_is_refused(
    path: str, reply: Reply, fault: str, running_issuer: Issuer
) -> None:
    parts = tuple(part.replace(b"URL", running_issuer.url.encode()) for part in reply.parts)
    running_issuer.replies[path] = Reply(status=reply.status, headers=reply.headers, parts=parts)

    with pytest.raises(ValueError, match=re.escape(fault)):
        fetch_keys(running_issuer.url, None, ALGORITHMS)


def test_compressed_bytes_count_as_what_they_hold(running_issuer: Issuer) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    running_issuer.replies[KEYS] = Reply(headers={"Content-Encoding": "gzip"}, parts=(bomb,))

    with pytest.raises(ValueError, match="too long"):
        fetch_keys(running_issuer.url, None, ALGORITHMS)


def test_an_answer_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch, running_issuer: Issuer) -> None:
    monkeypatch.setattr(identity_provider, "ANSWER_SECONDS", 0.2)
    running_issuer.replies[KEYS] = Reply(parts=(b" ",) * 1000, pause_seconds=0.01)

    with pytest.raises(TimeoutError):
        fetch_keys(running_issuer.url, None, ALGORITHMS)


def test_an_issuer_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, running_issuer: Issuer) -> None:
    monkeypatch.setattr(identity_provider, "CONNECT_SECONDS", 0.1)
    running_issuer.answering.clear()

    with pytest.raises(httpx.TimeoutException):
        fetch_keys(running_issuer.url, None, ALGORITHMS)


def test_an_issuer_that_is_away_is_an_error(running_issuer: Issuer) -> None:
    with running_issuer.away(), pytest.raises(httpx.ConnectError):
        fetch_keys(running_issuer.url, None, ALGORITHMS)


def test_a_key_that_cannot_be_used_does_no_harm(running_issuer: Issuer, with_key: Callable[[str], None]) -> None:
    with_key('{"kty":"RSA","kid":"a","n":{},"e":[]}')

    assert len(fetch_keys(running_issuer.url, None, ALGORITHMS)) == 1


@pytest.fixture
def with_key(running_issuer: Issuer) -> Callable[[str], None]:
    """Return a function that puts a key before the issuer's."""

    def put(text: str) -> None:
        keys = [json.loads(text), *running_issuer.documents()[KEYS]["keys"]]
        running_issuer.replies[KEYS] = document(json.dumps({"keys": keys}))

    return put
