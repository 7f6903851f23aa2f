"""Only valid bearer tokens are accepted."""

import hashlib
import hmac
import json
import time
from datetime import datetime, tzinfo
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.fakes.signed_webhooks import base64url
from tests.unit.auth.conftest import ACCEPTED, PublishedIssuer, token_claims
from tidings.auth import bearer_tokens, jwks
from tidings.errors import InvalidToken
from tidings.model import User
from tidings.settings import Oidc

KINDS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "EdDSA": "Ed25519",
}


def expect_refusal(token: str, accepted: Oidc = ACCEPTED) -> str:
    with pytest.raises(InvalidToken) as refused:
        bearer_tokens.verify_bearer_token(token, accepted)
    return refused.value.reason


def forged(header: object, content: object, signature: bytes = b"x") -> str:
    segments = (json.dumps(part).encode() for part in (header, content))
    return ".".join([*(base64url(segment) for segment in segments), base64url(signature)])


def test_supported_algorithms_are_exactly_these() -> None:
    assert set(jwks.ALGORITHMS) == set(KINDS)


@pytest.mark.parametrize(("algorithm", "kind"), KINDS.items())
def test_valid_token_of_each_algorithm_returns_user(issuer: PublishedIssuer, algorithm: str, kind: str) -> None:
    issuer.add(kind, "its")
    token = issuer.sign("its", algorithm, email="a@example.com", email_verified=True)
    assert bearer_tokens.verify_bearer_token(token, ACCEPTED) == User("alice", "a@example.com")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exp": 1_000_000_000}, "expired"),
        ({"exp": None}, "claim_missing"),
        ({"exp": "soon"}, "claims"),
        ({"nbf": 9_999_999_999}, "not_yet_valid"),
        ({"iat": 9_999_999_999}, "not_yet_valid"),
        ({"iat": []}, "claims"),
        ({"aud": "another"}, "audience"),
        ({"aud": ["another", "one"]}, "audience"),
        ({"aud": []}, "claim_missing"),
        ({"aud": "tiding"}, "audience"),
        ({"aud": None}, "claim_missing"),
        ({"iss": "https://issuer.example/tenant/"}, "issuer"),
        ({"iss": "https://issuer.example"}, "issuer"),
        ({"iss": None}, "claim_missing"),
        ({"sub": None}, "user_id"),
        ({"sub": ""}, "user_id"),
        ({"sub": 7}, "claims"),
        ({"sub": "a\nb"}, "user_id"),
        ({"sub": "x" * 256}, "user_id"),
    ],
)
def test_token_with_wrong_content_is_refused(issuer: PublishedIssuer, changed: dict[str, Any], reason: str) -> None:
    assert expect_refusal(issuer.sign("first", "ES256", **changed)) == reason


def test_clocks_may_differ_by_a_minute(issuer: PublishedIssuer) -> None:
    now = int(time.time())
    assert bearer_tokens.verify_bearer_token(
        issuer.sign("first", "ES256", exp=now - 50, nbf=now + 50, iat=now + 50), ACCEPTED
    )


@pytest.mark.parametrize(("late_s", "accepted"), [(59, True), (60, False)])
def test_token_is_accepted_for_a_minute_after_it_expired(
    issuer: PublishedIssuer, late_s: int, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.sign("first", "ES256", iat=None, exp=1_790_000_000)

    class Late(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Late":
            return cls.fromtimestamp(1_790_000_000 + late_s, tz)

    monkeypatch.setattr("jwt.api_jwt.datetime", Late)
    if accepted:
        assert bearer_tokens.verify_bearer_token(token, ACCEPTED)
    else:
        assert expect_refusal(token) == "expired"


@pytest.mark.parametrize("audience", ["tidings-mobile", ["elsewhere", "tidings"]])
def test_each_configured_audience_is_accepted(issuer: PublishedIssuer, audience: object) -> None:
    assert bearer_tokens.verify_bearer_token(issuer.sign("first", "ES256", aud=audience), ACCEPTED).user_id == "alice"


def test_user_id_may_be_other_token_claim(issuer: PublishedIssuer) -> None:
    accepted = ACCEPTED._replace(user_id_claim="https://app.example/id")
    named: dict[str, Any] = {"https://app.example/id": "u-1"}
    token = issuer.sign("first", "ES256", **named)
    assert bearer_tokens.verify_bearer_token(token, accepted).user_id == "u-1"
    assert expect_refusal(issuer.sign("first", "ES256"), accepted) == "user_id"


@pytest.mark.parametrize("verified", [None, False, "true", 1, "false", []])
def test_email_counts_only_if_verified(issuer: PublishedIssuer, verified: object) -> None:
    token = issuer.sign("first", "ES256", email="a@example.com", email_verified=verified)
    assert bearer_tokens.verify_bearer_token(token, ACCEPTED) == User("alice", None, unverified=True)


@pytest.mark.parametrize("email", [None, "", 7, ["a@example.com"]])
def test_missing_email_is_none(issuer: PublishedIssuer, email: object) -> None:
    assert bearer_tokens.verify_bearer_token(
        issuer.sign("first", "ES256", email=email, email_verified=True), ACCEPTED
    ) == User("alice")


@pytest.mark.threat(id="forged-bearer-token")
@pytest.mark.parametrize(
    "algorithm", ["none", "None", "", "HS256", "HS512", "ES256K", "RSA-OAEP", None, 256, ["ES256"]]
)
def test_other_algorithm_is_refused_without_lookup(issuer: PublishedIssuer, algorithm: object) -> None:
    assert expect_refusal(forged({"alg": algorithm, "kid": "first"}, token_claims())) == "algorithm"
    assert issuer.requests == []


@pytest.mark.threat(id="forged-bearer-token")
def test_public_key_is_no_hmac_secret(issuer: PublishedIssuer) -> None:
    """An HMAC token whose secret is the issuer's public key, in each encoding."""
    public = issuer.private["first"].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, der, json.dumps(issuer.published[0]).encode()):
        for named, reason in (("HS256", "algorithm"), ("ES256", "signature")):
            unsigned = forged({"alg": named, "kid": "first"}, token_claims()).rpartition(".")[0]
            signature = hmac.digest(secret, unsigned.encode(), hashlib.sha256)
            assert expect_refusal(f"{unsigned}.{base64url(signature)}") == reason


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [("RSA", "ES256"), ("P-256", "RS256"), ("P-384", "ES256"), ("P-256", "ES384"), ("RSA", "EdDSA")],
)
def test_key_fits_only_its_signature_kind(issuer: PublishedIssuer, kind: str, algorithm: str) -> None:
    issuer.add(kind, "other")
    assert expect_refusal(forged({"alg": algorithm, "kid": "other"}, token_claims(), b"x" * 64)) == "key_unfit"


def test_key_for_one_algorithm_fits_no_other(issuer: PublishedIssuer) -> None:
    issuer.add("RSA", "narrow", alg="RS256")
    assert bearer_tokens.verify_bearer_token(issuer.sign("narrow", "RS256"), ACCEPTED)
    assert expect_refusal(issuer.sign("narrow", "PS256")) == "key_unfit"


def test_short_key_is_refused(issuer: PublishedIssuer) -> None:
    issuer.add("RSA-1024", "short")
    assert expect_refusal(issuer.sign("short", "RS256")) == "claims"


def test_signature_of_other_key_is_refused(issuer: PublishedIssuer) -> None:
    issuer.add("P-256", "second")
    assert expect_refusal(issuer.sign("second", "ES256", {"kid": "first"})) == "signature"


@pytest.mark.parametrize(
    "header",
    [
        {"kid": None},
        {"kid": 1},
        {"typ": "logout+jwt"},
        {"typ": "secevent+jwt"},
        {"typ": 1},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"crit": ["b64"], "b64": True},
        {"crit": []},
    ],
)
def test_header_for_other_purpose_is_refused(issuer: PublishedIssuer, header: dict[str, Any]) -> None:
    token = forged({"alg": "ES256", "kid": "first", **header}, token_claims())
    assert expect_refusal(token) in {"header", "malformed"}
    assert issuer.requests == []


def test_token_without_key_id_is_refused(issuer: PublishedIssuer) -> None:
    assert expect_refusal(forged({"alg": "ES256"}, token_claims())) == "header"
    assert issuer.requests == []


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+JWT"])
def test_access_and_plain_tokens_are_accepted(issuer: PublishedIssuer, kind: str) -> None:
    assert bearer_tokens.verify_bearer_token(issuer.sign("first", "ES256", {"typ": kind}), ACCEPTED)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c.d", "a.b.c,a.b.c", "ä.b.c", "e30.e30.", "e30=.e30.AA", "[].[].[]", "W10.e30.AA"],
)
def test_garbage_token_is_malformed(issuer: PublishedIssuer, token: str) -> None:
    assert expect_refusal(token) in {"malformed", "algorithm"}
    assert issuer.requests == []


def test_token_with_padded_header_is_malformed_without_lookup(issuer: PublishedIssuer) -> None:
    header, _, rest = forged({"alg": "ES256", "kid": "first"}, token_claims()).partition(".")
    padding = "=" * (-len(header) % 4)
    assert padding
    assert expect_refusal(f"{header}{padding}.{rest}") == "malformed"
    assert issuer.requests == []


def test_long_token_is_refused_before_parsing(issuer: PublishedIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    token = issuer.sign("first", "ES256", more="x" * bearer_tokens.MAX_LENGTH)
    monkeypatch.setattr("jwt.get_unverified_header", None)
    assert expect_refusal(token) == "too_long"


def test_longest_token_and_user_id_are_accepted(issuer: PublishedIssuer) -> None:
    assert bearer_tokens.verify_bearer_token(issuer.sign("first", "ES256", sub="x"), ACCEPTED).user_id == "x"
    user_id = "x" * 255
    assert bearer_tokens.verify_bearer_token(issuer.sign("first", "ES256", sub=user_id), ACCEPTED).user_id == user_id
    token = issuer.sign("first", "ES256", more="x" * 5000)
    assert bearer_tokens.verify_bearer_token(token, ACCEPTED)
    assert expect_refusal(f"{token.partition('.')[0]}.{'x' * 8192}") == "too_long"
    assert expect_refusal("x" * 8192) == "malformed"
    assert expect_refusal("x" * 8193) == "too_long"


def test_invalid_token_error_contains_no_token(issuer: PublishedIssuer) -> None:
    for token in (
        issuer.sign("first", "ES256", aud="another"),
        "secret.secret.secret",
        issuer.sign("first", "ES256", exp=1),
    ):
        with pytest.raises(InvalidToken) as refused:
            bearer_tokens.verify_bearer_token(token, ACCEPTED)
        shown = f"{refused.value!r} {refused.value.detail} {refused.value.__cause__!r}"
        assert not [part for part in (*token.split("."), "another", "alice") if part in shown]
