"""Verifiers and parsers of external input raise only their own errors, whatever the input is."""

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from types import ModuleType

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from jwt.exceptions import PyJWTError

from tidings.auth import bearer_tokens
from tidings.http import strict_json
from tidings.providers.plaid import webhook as plaid_webhook
from tidings.providers.snaptrade import webhook as snaptrade_webhook
from tidings.store import sessions
from verification.fuzzer.choices import SeededChoices
from verification.fuzzer.targets import TARGETS, with_known_keys

pytestmark = pytest.mark.invariant(id="I5")

CASES = 4_000
_FAULTS = (
    ArithmeticError,
    AssertionError,
    InvalidSignature,
    KeyError,
    PyJWTError,
    RecursionError,
    TypeError,
    ValueError,
)


@pytest.fixture(autouse=True)
def known_keys() -> Iterator[None]:
    with with_known_keys():
        yield


def find_outcomes(name: str, cases: int) -> set[str]:
    """Run these cases and return their outcomes. An error names its case."""
    found = set()
    for seed in range(cases):
        try:
            found.add(TARGETS[name].run(SeededChoices(seed)))
        except BaseException as error:
            error.add_note(f"{name}, case {seed}")
            raise
    return found


@pytest.mark.threat(id="hostile-body")
@pytest.mark.threat(id="forged-webhook")
@pytest.mark.parametrize("name", TARGETS)
def test_target_raises_only_its_own_errors(name: str) -> None:
    assert TARGETS[name].required_outcomes - find_outcomes(name, CASES) == set()


def _unsigned(token: str, *_: object) -> object:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.mark.parametrize(
    ("name", "module", "function", "broken"),
    [
        pytest.param("plaid-token", plaid_webhook, "_check_signature", lambda *_: None, id="any signature is accepted"),
        pytest.param(
            "plaid-token",
            plaid_webhook,
            "_decode",
            lambda text: urlsafe_b64decode(text + "=="),
            id="non-canonical base64 is accepted",
        ),
        pytest.param(
            "plaid-token", plaid_webhook, "SignatureMismatch", KeyError, id="the library's error is not caught"
        ),
        pytest.param(
            "snaptrade-signature", snaptrade_webhook, "_authentic", lambda *_: True, id="any HMAC is accepted"
        ),
        pytest.param(
            "bearer-token", bearer_tokens, "_verified_claims", _unsigned, id="any token signature is accepted"
        ),
        pytest.param("plaid-key", strict_json, "parse", lambda raw, _: json.loads(raw), id="JSON without bounds"),
        pytest.param(
            "request",
            sessions,
            "session_key",
            lambda text: hashlib.sha256(text.encode()),
            id="a cookie that is not valid text",
        ),
    ],
)
def test_fuzzer_finds_an_injected_fault(
    monkeypatch: pytest.MonkeyPatch, name: str, module: ModuleType, function: str, broken: object
) -> None:
    monkeypatch.setattr(module, function, broken)
    with pytest.raises(_FAULTS) as found:
        find_outcomes(name, CASES)
    assert found.value.__notes__[0].startswith(f"{name}, case ")
