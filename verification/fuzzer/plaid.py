"""Fuzz Plaid's webhooks: only InvalidSignature, MalformedWebhook or a genuine webhook results."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.fakes.signed_webhooks import P256_ORDER, PlaidKey
from tidings.errors import InvalidSignature, MalformedWebhook, ProviderError
from tidings.http import strict_json
from tidings.model import VerifiedWebhook
from tidings.providers.plaid import verification_keys, webhook
from verification.fuzzer.choices import Choices, one_in, pick
from verification.fuzzer.event_processing import process_event
from verification.fuzzer.malformed_texts import UNUSUAL_VALUES, Fields, encode_base64, encode_base64url, json_object

NOW = 1_790_000_000_000
APP = {"client_id": "client", "secret": "secret"}
KEY = PlaidKey()
_FORGED_KEY = PlaidKey(kid=KEY.kid)
_HEADER: Fields = {
    "alg": (b'"ES256"', b'"none"', b'"HS256"', b'"es256"', b'["ES256"]'),
    "kid": (
        f'"{KEY.kid}"'.encode(),
        f'"{KEY.kid.upper()}"'.encode(),
        b'"00000000-0000-0000-0000-000000000000"',
        b'"x"',
    ),
    "typ": (b'"JWT"', b'"jwt"', b'"JWS"'),
}
_ITEM_CODES = (
    *("ERROR", "LOGIN_REPAIRED", "PENDING_EXPIRATION", "PENDING_DISCONNECT", "USER_PERMISSION_REVOKED"),
    *("USER_ACCOUNT_REVOKED", "NEW_ACCOUNTS_AVAILABLE", "DEFAULT_UPDATE", "HISTORICAL_UPDATE", "SESSION_FINISHED"),
)
EVENT: Fields = {
    "webhook_type": (b'"HOLDINGS"', b'"ITEM"', b'"ITEM"', b'"INVESTMENTS_TRANSACTIONS"', b'"LINK"'),
    "webhook_code": (b'"DEFAULT_UPDATE"', *(f'"{code}"'.encode() for code in _ITEM_CODES)),
    "item_id": (b'"item-1"', b'"Item_2"'),
    "account_id": (b'"account-1"', *UNUSUAL_VALUES),
    "error": (b"null", b'{"error_code":"ITEM_LOGIN_REQUIRED"}', b'{"error_code":7}', *UNUSUAL_VALUES),
    "consent_expiration_time": (b'"2026-03-01T00:00:00Z"', *UNUSUAL_VALUES),
    "disconnect_time": (b'"2026-03-01T00:00:00Z"', *UNUSUAL_VALUES),
    "reason": (b'"INSTITUTION_MIGRATION"', *UNUSUAL_VALUES),
    "link_token": (b'"link-sandbox-1"', *UNUSUAL_VALUES),
    "status": (b'"SUCCESS"', b'"EXITED"'),
}
_JWK: Fields = {name: (f'"{value}"'.encode(),) for name, value in KEY.jwk().items() if isinstance(value, str)} | {
    "expired_at": (b"null", b"1560466149", b'"soon"', b"1.5", b"true"),
}


class _KnownKeyRing(verification_keys.KeyRing):
    def public_key(self, _app: object, kid: str, _now: int, _store: object = None) -> ec.EllipticCurvePublicKey:
        if kid != KEY.kid:
            raise InvalidSignature("key_unknown")
        return KEY.private.public_key()


@contextmanager
def with_known_key() -> Iterator[None]:
    """Replace Plaid's keys by a known one, so that no call is made."""
    with patch.object(verification_keys, "key_ring", _KnownKeyRing()):
        yield


def verify_token(choices: Choices) -> str:
    """Verify a webhook's token and body."""
    body = json_object(choices, EVENT, varied=True)
    hashed = hashlib.sha256(body).hexdigest()
    token_claims: Fields = {
        "iat": (str(NOW // 1000).encode(), b"1790000061", b"1700000000", b"1790000000.0", b'"1790000000"', b"9" * 300),
        "request_body_sha256": (
            f'"{hashed}"'.encode(),
            f'"{hashed.upper()}"'.encode(),
            b'"00"',
            b'"' + b"0" * 64 + b'"',
        ),
    }
    pieces = [json_object(choices, _HEADER), json_object(choices, token_claims)]
    signed = ".".join(encode_base64(choices, piece, encode_base64url(piece)) for piece in pieces)
    genuine = KEY.sign_text(_signed_bytes(signed))
    signature = _signature(choices, signed, genuine)
    text = f"{signed}.{encode_base64(choices, signature, encode_base64url(signature))}"
    if one_in(choices, 16):
        text = _corrupt_token(choices, text)
    try:
        verified = webhook.verify({"plaid-verification": text}, body, APP, NOW)
    except InvalidSignature as rejected:
        return rejected.reason
    except MalformedWebhook:
        return "malformed"
    accepted = {f"{signed}.{encode_base64url(one)}" for one in (genuine, _with_other_s(genuine))}
    assert text in accepted, "accepted, but not what the key signed"
    return f"stale {process_event('plaid', verified)}" if verified.stale else process_event("plaid", verified)


def parse_event(choices: Choices) -> str:
    """Parse the event of an authentic webhook with any body."""
    body = json_object(choices, EVENT, varied=True)
    try:
        payload = strict_json.parse_object(body, float)
    except ValueError:
        return "not an object"
    return process_event("plaid", VerifiedWebhook("0" * 64, payload, NOW, signed_anew=True))


def parse_key(choices: Choices) -> str:
    """Parse a response of Plaid's key endpoint."""
    try:
        jwk = strict_json.parse(json_object(choices, _JWK, varied=True))
    except ValueError:
        return "not JSON"
    try:
        verification_keys._parse_key(jwk, KEY.kid)
    except ProviderError:
        return "no key"
    return "key"


def _signed_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _signature(choices: Choices, signed: str, genuine: bytes) -> bytes:
    if not one_in(choices, 6):
        return genuine
    half, order = genuine[:32], P256_ORDER.to_bytes(32)
    return pick(
        choices,
        (
            _with_other_s(genuine),
            _FORGED_KEY.sign_text(_signed_bytes(signed)),
            *(bytes(64), order + order, half + order, order + half, half + bytes(32), bytes(32) + half, b"\xff" * 64),
            *(genuine[:63], genuine + b"\0", b"", genuine[32:] + half, choices.choose_bytes(64)),
        ),
    )


def _with_other_s(signature: bytes) -> bytes:
    return signature[:32] + (P256_ORDER - int.from_bytes(signature[32:])).to_bytes(32)


def _corrupt_token(choices: Choices, text: str) -> str:
    pieces = text.split(".")
    return pick(
        choices,
        (
            *(
                text + ".",
                "." + text,
                f" {text}",
                f"{text}\n",
                text.replace(".", ".."),
                text * 2,
                text.lower(),
                "..",
                "",
            ),
            *(".".join(pieces[:2]), ".".join(reversed(pieces)), text + "\0", text + "A" * 4096, f"Bearer {text}"),
            *("\ud800" + text, text.replace("A", "é"), ".".join([pieces[0], pieces[0], pieces[-1]])),
        ),
    )
