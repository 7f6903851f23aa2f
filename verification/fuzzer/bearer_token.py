"""Fuzz bearer tokens and key sets: only InvalidToken, or the user of a token that the issuer signed, results."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import jwt

from tests.support.fakes.signed_webhooks import PlaidKey
from tidings.auth import bearer_tokens, discovery, jwks
from tidings.errors import InvalidToken, ProviderError
from tidings.http import client as http_client
from tidings.http import strict_json
from tidings.settings import Oidc
from verification.fuzzer.choices import Choices, one_in, pick
from verification.fuzzer.malformed_texts import UNUSUAL_VALUES, Fields, encode_base64, encode_base64url, json_object

_ACCEPTED = Oidc("https://issuer.example", ("tidings",), "sub")
_KEY = PlaidKey()
_FORGED_KEY = PlaidKey(kid=_KEY.kid)
_JWK = {name: _KEY.jwk()[name] for name in ("kty", "crv", "x", "y")}
_HEADER: Fields = {
    "alg": (b'"ES256"', b'"none"', b'"HS256"', b'"RS256"', b'"ES384"', b'["ES256"]'),
    "kid": (f'"{_KEY.kid}"'.encode(), b'"another"'),
    "typ": (b'"JWT"', b'"at+jwt"', b'"logout+jwt"'),
}
_SET: Fields = {name: (f'"{value}"'.encode(), *UNUSUAL_VALUES[:4]) for name, value in _JWK.items()} | {
    "kid": (f'"{_KEY.kid}"'.encode(),),
    "use": (b'"sig"', b'"enc"'),
    "alg": (b'"ES256"', b'"RS256"'),
    "n": (b'"AQAB"',),
}


class _KnownKeyRing(jwks.KeyRing):
    def verification_key(self, kid: str, algorithm: str) -> jwt.PyJWK:
        if kid != _KEY.kid:
            raise InvalidToken("key_unknown")
        return jwks._parse_key((_JWK,), algorithm)


@contextmanager
def with_known_key() -> Iterator[None]:
    """Replace the issuer's keys by a known one, so that no call is made."""
    with patch.object(jwks, "key_ring", _KnownKeyRing):
        yield


def verify_token(choices: Choices) -> str:
    """Verify a token."""
    now = int(time.time())
    token_claims: Fields = {
        "iss": (b'"https://issuer.example"', b'"https://issuer.example/"'),
        "aud": (b'"tidings"', b'["another","tidings"]', b'"another"'),
        "sub": (b'"alice"',),
        "exp": (str(now + 600).encode(), str(now - 600).encode(), b"1e400"),
        "nbf": (str(now - 9).encode(), str(now + 600).encode()),
        "iat": (str(now).encode(), str(now + 600).encode()),
        "email": (b'"a@example.com"',),
        "email_verified": (b"true", b"false", b'"true"', b"1"),
    }
    content = json_object(choices, token_claims)
    pieces = (json_object(choices, _HEADER), content)
    signed = ".".join(encode_base64(choices, piece, encode_base64url(piece)) for piece in pieces)
    key = _FORGED_KEY if one_in(choices, 16) else _KEY
    genuine = key.sign_text(signed.encode("utf-8", "surrogatepass"))
    signature = (
        pick(choices, (b"", genuine[:63], bytes(64), choices.choose_bytes(64))) if one_in(choices, 16) else genuine
    )
    text = f"{signed}.{encode_base64(choices, signature, encode_base64url(signature))}"
    try:
        user = bearer_tokens.verify_bearer_token(text, _ACCEPTED)
    except InvalidToken as rejected:
        return rejected.reason
    assert key is _KEY, "accepted, but signed by another key"
    assert text == f"{signed}.{encode_base64url(genuine)}", "accepted, but not what the key signed"
    payload = json.loads(urlsafe_b64decode(text.split(".")[1] + "=="))
    assert user.user_id == payload["sub"]
    assert user.email is None or (payload["email_verified"] is True and user.email == payload["email"])
    return "e-mail" if user.email else "no e-mail"


def parse_key_set(choices: Choices) -> str:
    """Parse an issuer's key set and build a key of it."""
    listed = b",".join(json_object(choices, _SET) for _ in range(1 + choices.choose_below(3)))
    try:
        document = strict_json.parse(b'{"keys":[' + listed + b"]}")
    except ValueError:
        return "not JSON"
    with patch.object(http_client, "send_request", lambda *_, **__: http_client.HttpResponse(200, {}, document)):
        try:
            published = discovery.fetch_key_set("https://issuer.example/keys", 0)
        except ProviderError:
            return "no keys"
    for candidates in published.values():
        try:
            jwks._parse_key(candidates, pick(choices, ("ES256", "RS256", "EdDSA", "PS512")))
        except InvalidToken as rejected:
            return rejected.reason
    return "key"
