"""Plaid's signature: only authentic webhooks verify."""

import hashlib
import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest

from tests.support.fakes.signed_webhooks import P256_ORDER, PlaidKey, base64url, plaid_body, with_other_s
from tests.unit.providers.conftest import KeyService
from tidings.errors import InvalidSignature, MalformedWebhook, ProviderError
from tidings.model import VerifiedWebhook
from tidings.providers.plaid import verification_keys, webhook

pytestmark = pytest.mark.invariant(id="I5")

NOW = 1_790_000_000_000
IAT = NOW // 1000
BODY = plaid_body({"webhook_type": "HOLDINGS", "webhook_code": "DEFAULT_UPDATE", "item_id": "item-1", "error": None})
GOLDEN = Path(__file__).parents[3].parent / "shared" / "reference" / "plaid-golden-vector.json"


def verify(token: str | None, body: bytes = BODY, now: int = NOW) -> VerifiedWebhook:
    headers = {} if token is None else {"plaid-verification": token}
    return webhook.verify(headers, body, {"client_id": "c", "secret": "s"}, now)


def expect_refusal(token: str | None, body: bytes = BODY, now: int = NOW) -> str:
    with pytest.raises(InvalidSignature) as refused:
        verify(token, body, now)
    return refused.value.reason


def test_authentic_webhook_is_verified_and_parsed(plaid_key: PlaidKey) -> None:
    verified = verify(plaid_key.sign(BODY, IAT))
    assert verified.payload["item_id"] == "item-1"
    assert verified.sent_at == NOW
    assert not verified.stale


def test_missing_header_is_refused_without_call(key_service: KeyService) -> None:
    assert expect_refusal(None) == "header"
    assert key_service.requests == []


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"alg": "none"}, {}),
        ({"alg": "HS256"}, {}),
        ({"alg": "ES384"}, {}),
        ({"typ": "JWS"}, {}),
        ({"typ": None}, {}),
        ({"crit": ["exp"]}, {}),
        ({"kid": "not-a-uuid"}, {}),
        ({"kid": "../../item/remove"}, {}),
        ({"kid": None}, {}),
        ({"kid": 7}, {}),
        ({}, {"iat": str(IAT)}),
        ({}, {"iat": True}),
        ({}, {"iat": float(IAT)}),
        ({}, {"iat": None}),
        ({}, {"request_body_sha256": None}),
        ({}, {"request_body_sha256": "00"}),
        ({}, {"request_body_sha256": 5}),
    ],
)
def test_malformed_token_is_refused_without_call(
    plaid_key: PlaidKey, key_service: KeyService, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    assert expect_refusal(plaid_key.sign(BODY, IAT, header=header, claims=claims)) == "header"
    assert key_service.requests == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token + ".",
        lambda token: token + "=",
        lambda token: token.replace(".", "", 1),
        lambda token: f" {token}",
        lambda token: f"{token}\n",
        lambda token: "é" + token[1:],
        lambda token: token + "A" * 4096,
        lambda token: token.rpartition(".")[0] + "." + token.rpartition(".")[2][:-2],
        lambda token: ".".join([base64url(b"[1]"), *token.split(".")[1:]]),
        lambda token: ".".join([base64url(b"[" * 500 + b"]" * 500), *token.split(".")[1:]]),
        lambda token: ".".join([base64url(b"\xff\xfe"), *token.split(".")[1:]]),
    ],
)
def test_non_compact_jwt_is_refused(plaid_key: PlaidKey, key_service: KeyService, spoil: Any) -> None:  # noqa: ANN401
    assert expect_refusal(spoil(plaid_key.sign(BODY, IAT))) == "header"
    assert key_service.requests == []


@pytest.mark.parametrize("token", ["", ".", "..", "...", "a.b.c", "eyJ9"])
def test_non_token_is_refused(key_service: KeyService, token: str) -> None:
    assert expect_refusal(token) == "header"
    assert key_service.requests == []


def test_other_body_is_refused_without_call(plaid_key: PlaidKey, key_service: KeyService) -> None:
    token = plaid_key.sign(BODY, IAT)
    assert expect_refusal(token, json.dumps(json.loads(BODY)).encode()) == "body_hash"
    assert expect_refusal(token, b"") == "body_hash"
    assert key_service.requests == []


def test_future_token_is_refused_without_call(plaid_key: PlaidKey, key_service: KeyService) -> None:
    assert expect_refusal(plaid_key.sign(BODY, IAT + 61)) == "from_the_future"
    assert expect_refusal(plaid_key.sign(BODY, 10**400)) == "from_the_future"
    assert key_service.requests == []
    assert not verify(plaid_key.sign(BODY, IAT + 60)).stale


def test_plaid_future_begins_after_60_s(plaid_key: PlaidKey) -> None:
    token = plaid_key.sign(BODY, IAT + 60)
    assert verify(token, now=NOW).sent_at == NOW + 60_000
    assert expect_refusal(token, now=NOW - 1) == "from_the_future"


def test_plaid_webhook_has_no_event_time(plaid_key: PlaidKey) -> None:
    assert verify(plaid_key.sign(BODY, IAT)).happened_at is None


def test_token_may_have_2048_characters(plaid_key: PlaidKey, key_service: KeyService) -> None:
    pads = [(short, length) for short in range(4) for length in range(1250, 1350)]
    padded = [plaid_key.sign(BODY, IAT, header={"pad": "x" * a}, claims={"pad": "x" * b}) for a, b in pads]
    assert verify(next(token for token in padded if len(token) == 2048))
    before = len(key_service.requests)
    assert expect_refusal(next(token for token in padded if len(token) == 2049)) == "header"
    assert len(key_service.requests) == before


@pytest.mark.parametrize("spare", [1, 2, 15])
def test_signature_spare_bits_must_be_zero(plaid_key: PlaidKey, spare: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = plaid_key.sign(BODY, IAT)
    other = token[:-1] + alphabet[alphabet.index(token[-1]) | spare]
    assert expect_refusal(other) == "header"


def test_token_older_than_window_is_stale_if_authentic(plaid_key: PlaidKey) -> None:
    assert not verify(plaid_key.sign(BODY, IAT - 300)).stale
    assert verify(plaid_key.sign(BODY, IAT - 301)).stale
    forger = PlaidKey(kid=plaid_key.kid)
    assert expect_refusal(forger.sign(BODY, IAT - 301)) == "signature"


def test_forged_signature_with_genuine_kid_is_refused(plaid_key: PlaidKey) -> None:
    assert expect_refusal(PlaidKey(kid=plaid_key.kid).sign(BODY, IAT)) == "signature"


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\x01" * 32])
def test_signature_out_of_range_is_refused(plaid_key: PlaidKey, signature: bytes) -> None:
    signed = plaid_key.sign(BODY, IAT).rpartition(".")[0]
    assert expect_refusal(f"{signed}.{base64url(signature)}") == "signature"


def test_both_signature_spellings_are_one_event(plaid_key: PlaidKey) -> None:
    token = plaid_key.sign(BODY, IAT)
    assert with_other_s(token) != token
    assert verify(with_other_s(token)).event_id == verify(token).event_id


def test_event_id_uses_r_and_smaller_s(plaid_key: PlaidKey) -> None:
    """The id must be stable across deployments: under another id the event would be a duplicate."""
    token = plaid_key.sign(BODY, IAT)
    raw = urlsafe_b64decode(token.rpartition(".")[2] + "==")
    s = int.from_bytes(raw[32:])
    named = hashlib.sha256(raw[:32] + min(s, P256_ORDER - s).to_bytes(32)).hexdigest()
    assert verify(token).event_id == verify(with_other_s(token)).event_id == named


def test_separately_signed_events_are_distinct(plaid_key: PlaidKey) -> None:
    assert verify(plaid_key.sign(BODY, IAT)).event_id != verify(plaid_key.sign(BODY, IAT)).event_id


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"3", b'{"a": NaN}', b"{", b"\xff{}", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_plaid_non_object_body_is_malformed(plaid_key: PlaidKey, body: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        verify(plaid_key.sign(body, IAT), body)


def test_malformed_body_with_forged_signature_is_refused(plaid_key: PlaidKey) -> None:
    assert expect_refusal(PlaidKey(kid=plaid_key.kid).sign(b"[]", IAT), b"[]") == "signature"


def test_key_outage_gives_no_verdict(plaid_key: PlaidKey, key_service: KeyService) -> None:
    key_service.answers[plaid_key.kid] = ProviderError()
    with pytest.raises(ProviderError):
        verify(plaid_key.sign(BODY, IAT))


@pytest.mark.skipif(not GOLDEN.exists(), reason="the genuine webhook is not part of the repository")
class TestGenuineWebhook:
    @pytest.fixture
    def golden(self, key_service: KeyService) -> dict[str, Any]:
        golden: dict[str, Any] = json.loads(GOLDEN.read_bytes())
        key_service.answers[golden["jwk"]["kid"]] = golden["jwk"]
        return golden

    def test_genuine_webhook_verifies(self, golden: dict[str, Any]) -> None:
        verified = verify(golden["plaid_verification"], golden["body_utf8"].encode(), golden["iat"] * 1000)
        assert verified.payload["webhook_code"] == "HISTORICAL_UPDATE"
        assert not verified.stale

    @pytest.mark.threat(id="tampered-webhook")
    def test_genuine_token_rejects_other_body(self, golden: dict[str, Any]) -> None:
        body = golden["body_utf8"].encode()
        for index in range(len(body)):
            changed = body[:index] + bytes([body[index] ^ 1]) + body[index + 1 :]
            assert expect_refusal(golden["plaid_verification"], changed, golden["iat"] * 1000) == "body_hash"

    @pytest.mark.threat(id="forged-webhook")
    def test_changed_genuine_token_is_refused(self, golden: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verification_keys, "LOOKUPS_PER_MINUTE", 1000)
        monkeypatch.setattr(verification_keys, "key_ring", verification_keys.KeyRing())
        token, body, now = golden["plaid_verification"], golden["body_utf8"].encode(), golden["iat"] * 1000
        for index, character in enumerate(token):
            for other in ("A" if character != "A" else "B", chr(ord(character) ^ 1), "."):
                if other != character:
                    assert expect_refusal(token[:index] + other + token[index + 1 :], body, now)

    def test_genuine_signature_spare_bits_are_refused(self, golden: dict[str, Any]) -> None:
        token = golden["plaid_verification"]
        last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(token[-1])
        assert last % 16 == 0
        other = token[:-1] + base64url(bytes([last << 2 | 4]))[0]
        assert urlsafe_b64decode(other.rpartition(".")[2] + "==") == urlsafe_b64decode(token.rpartition(".")[2] + "==")
        assert expect_refusal(other, golden["body_utf8"].encode(), golden["iat"] * 1000) == "header"
