"""For any input the verifier raises only InvalidToken."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fakes.signed_webhooks import base64url
from tests.unit.auth.conftest import ACCEPTED, PublishedIssuer, token_claims
from tests.unit.providers.json_objects import VALUES as JSON
from tidings.auth import bearer_tokens, jwks
from tidings.errors import InvalidToken
from tidings.http import client as http_client

_HEADERS = st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "x"]), JSON)
_CLAIMS = st.dictionaries(st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "email"]), JSON)


@pytest.fixture(scope="module")
def signer() -> Iterator[PublishedIssuer]:
    """One issuer for thousands of tokens."""
    issuer = PublishedIssuer()
    issuer.add("P-256", "first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_client, "send_request", issuer.call)
        jwks.key_ring.cache_clear()
        yield issuer


def judge(token: str) -> None:
    """A user or InvalidToken; anything else that is raised fails the test."""
    with contextlib.suppress(InvalidToken):
        assert bearer_tokens.verify_bearer_token(token, ACCEPTED).user_id


@settings(max_examples=100)
@given(token=st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}"))
def test_arbitrary_text_raises_only_invalid_token(signer: PublishedIssuer, token: str) -> None:
    judge(token)


@settings(max_examples=100)
@given(header=JSON | _HEADERS, known=st.booleans(), content=JSON | _CLAIMS, signature=st.binary(max_size=80))
def test_arbitrary_header_raises_only_invalid_token(
    signer: PublishedIssuer,
    header: Any,  # noqa: ANN401
    known: bool,
    content: Any,  # noqa: ANN401
    signature: bytes,
) -> None:
    if known and isinstance(header, dict):
        header = {**header, "alg": "ES256", "kid": "first"}
    segments = (json.dumps(part).encode() for part in (header, content))
    judge(".".join([*(base64url(segment) for segment in segments), base64url(signature)]))


@settings(max_examples=100)
@given(changed=_CLAIMS)
def test_arbitrary_token_claims_raise_only_invalid_token(signer: PublishedIssuer, changed: dict[str, Any]) -> None:
    judge(signer.sign("first", "ES256", **changed))


@settings(max_examples=100)
@given(data=st.data())
def test_every_changed_byte_of_token_is_refused(signer: PublishedIssuer, data: st.DataObject) -> None:
    genuine = signer.sign("first", "ES256", iat=1, exp=2**40)
    place = data.draw(st.integers(0, len(genuine) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda one: one != genuine[place]))
    with pytest.raises(InvalidToken):
        bearer_tokens.verify_bearer_token(genuine[:place] + other + genuine[place + 1 :], ACCEPTED)


@pytest.mark.parametrize("depth", [500, 2000])
def test_deeply_nested_token_raises_only_invalid_token(signer: PublishedIssuer, depth: int) -> None:
    deep = base64url(b"[" * depth + b"]" * depth)
    judge(f"{deep}.{deep}.AA")
    judge(signer.sign("first", "ES256", more=json.loads("[" * 400 + "]" * 400)))
    assert token_claims()
