"""The scanner finds a secret in every spelling, and nothing where there is none."""

import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.support.drivers.secret_scanner import SECRET_PATTERNS, SecretScanner

COOKIE = "Zx3-kQ9_mN7vB2cL5pR8tW1yU4oI6aS0dF3gH7jK2lE"
KEY = "b9ba8a69-ccec-42d3-aac7-d3f57be1bf94"
EMAIL = "ann@mail.example"
KNOWN = {COOKIE: "cookie", KEY: "user secret", EMAIL: "e-mail"}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "alone": lambda text: text,
    "within a line": lambda text: f'{{"level":"INFO","message":"refreshed {text}","n":1}}',
    "within a word": lambda text: f"x{text}y",
    "URL-encoded": lambda text: "q=" + quote(text, safe="").replace("-", "%2D").replace("_", "%5F"),
    "URL-encoded twice": lambda text: quote(quote(text, safe="")).replace("-", "%252D"),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 of more": lambda text: f"Basic {b64encode(f'user:{text}:'.encode()).decode()}",
    "base64url without padding": lambda text: urlsafe_b64encode(f"?{text}".encode()).decode().rstrip("="),
    "base64 of base64": lambda text: b64encode(b64encode(text.encode())).decode(),
    "hex": lambda text: text.encode().hex(),
    "compressed": lambda text: b64encode(zlib.compress(f'{{"rows":["{text}"]}}'.encode())).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("secret", KNOWN)
def test_known_secret_is_found_in_every_spelling(secret: str, spelling: Callable[[str], str]) -> None:
    assert KNOWN[secret] in SecretScanner(KNOWN).find_secrets(f"before {spelling(secret)} after")


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("access-sandbox-feab3b14-0c7a-4cc2-b001-bf55cb96e2ca", "a provider's token, by its look"),
        ("link-production-feab3b14-0c7a", "a provider's token, by its look"),
        ("to somebody.else+x@host.example", "an e-mail, by its look"),
        ("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ", "a JWT, by its look"),
        ("Cookie: session_id=abcdefgh", "a cookie, by its look"),
        ("-----BEGIN PRIVATE KEY-----", "a private key, by its look"),
    ],
)
def test_secret_shaped_text_is_found(text: str, look: str) -> None:
    assert SecretScanner({}).find_secrets(text) == {look}
    assert look in SecretScanner({}).find_secrets(b64encode(text.encode()).decode())


def test_every_secret_shape_has_example() -> None:
    [marker] = [mark for mark in test_secret_shaped_text_is_found.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    assert {look for _, look in marker.args[1]} == set(SECRET_PATTERNS)


def test_harmless_text_has_no_finding() -> None:
    hashed = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    line = f'{{"message":"webhook","kind":"HOLDINGS:DEFAULT_UPDATE","event_id":"{hashed}","user_id":"user-877bd423"}}'
    assert SecretScanner(KNOWN).find_secrets(f"{line}\n{COOKIE[:-1]}\n{KEY[1:]}\nann(at)mail.example") == set()


def test_too_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        SecretScanner({"secret": "client secret"})
