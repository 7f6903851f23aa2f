"""The verifiers and the readers of whatever comes from outside raise nothing but their own errors."""

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
from verification.fuzzer.choices import Seeded
from verification.fuzzer.targets import TARGETS, keys_known

pytestmark = pytest.mark.invariant(id="I5")

CASES = 12_000
_FAULTS = (AssertionError, TypeError, ValueError, RecursionError, KeyError, InvalidSignature, PyJWTError)


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    with keys_known():
        yield


def endings(name: str, cases: int) -> set[str]:
    """How these cases ended; an error names its case."""
    found = set()
    for seed in range(cases):
        try:
            found.add(TARGETS[name].run(Seeded(seed)))
        except BaseException as error:
            error.add_note(f"{name}, case {seed}")
            raise
    return found


@pytest.mark.threat(id="hostile-body")
@pytest.mark.threat(id="forged-webhook")
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_its_own_errors(name: str) -> None:
    assert TARGETS[name].ends - endings(name, CASES) == set()


def _unsigned(token: str, *_: object) -> object:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.mark.parametrize(
    ("name", "module", "function", "broken"),
    [
        pytest.param("plaid-token", plaid_webhook, "_check_signature", lambda *_: None, id="any signature is good"),
        pytest.param("plaid-token", plaid_webhook, "_decode", lambda text: urlsafe_b64decode(text + "=="), id="base64"),
        pytest.param("plaid-token", plaid_webhook, "SignatureMismatch", KeyError, id="the library's error gets out"),
        pytest.param("snaptrade-signature", snaptrade_webhook, "_authentic", lambda *_: True, id="any HMAC is good"),
        pytest.param("bearer-token", bearer_tokens, "_claims", _unsigned, id="any signature of a token is good"),
        pytest.param("plaid-key", strict_json, "parse", lambda raw, _: json.loads(raw), id="JSON without bounds"),
        pytest.param(
            "request", sessions, "key", lambda text: hashlib.sha256(text.encode()), id="a cookie that is no text"
        ),
    ],
)
def test_a_fault_would_be_found(
    monkeypatch: pytest.MonkeyPatch, name: str, module: ModuleType, function: str, broken: object
) -> None:
    monkeypatch.setattr(module, function, broken)
    with pytest.raises(_FAULTS) as found:
        endings(name, CASES)
    assert found.value.__notes__[0].startswith(f"{name}, case ")
