"""Credentials are encrypted for their user, provider and item alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.aws.aws_calls import FailingConnection, aws_error, intercept_calls, stub_response
from tests.support.aws.inserted_rows import KEY
from tests.support.aws.tables import Tables
from tidings import settings
from tidings.errors import StoreUnavailable
from tidings.model import Access, ItemKey
from tidings.store import credentials
from tidings.store.sources import SourceKey


def test_encrypted_credential_decrypts_for_its_item(tables: Tables) -> None:
    sealed = credentials.encrypt(KEY, "sécret")
    assert b"cret" not in sealed
    assert credentials.decrypt(KEY, sealed) == "sécret"
    app = {"client_id": "id"}
    assert credentials.decrypt_access(KEY, "u", app, sealed) == Access(app, "u", "sécret")


def test_sources_of_one_item_share_its_credential(tables: Tables) -> None:
    assert credentials.decrypt(KEY._replace(source_id="c2"), credentials.encrypt(KEY, "secret")) == "secret"


@pytest.mark.parametrize(
    "other",
    [
        KEY._replace(user_id="bob"),
        KEY._replace(provider="plaid"),
        KEY._replace(item=ItemKey("snaptrade", "other")),
    ],
)
def test_copied_credential_does_not_decrypt(tables: Tables, other: SourceKey) -> None:
    with pytest.raises(StoreUnavailable):
        credentials.decrypt(other, credentials.encrypt(KEY, "secret"))


def test_calls_name_the_key_and_what_the_credential_is_bound_to(tables: Tables) -> None:
    """Stored credentials are bound to these names."""
    named: list[tuple[str, str, dict[str, str]]] = []

    def note(model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's
        sent = json.loads(params["body"])
        named.append((model.name, sent["KeyId"], sent["EncryptionContext"]))

    with intercept_calls(note, "kms"):
        credentials.decrypt(KEY, credentials.encrypt(KEY, "secret"))
    context = {"user_id": "ann", "provider": "snaptrade", "item": "snaptrade#u"}
    assert named == [(name, settings.credential_key_id(), context) for name in ("Encrypt", "Decrypt")]


@pytest.mark.parametrize(
    "failing",
    [
        lambda operation: stub_response(operation, aws_error("KMSInternalException")),
        lambda operation: FailingConnection(operation, ReadTimeoutError),
    ],
    ids=["error", "no response"],
)
@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("Encrypt", lambda: credentials.encrypt(KEY, "secret")),
        ("Decrypt", lambda: credentials.decrypt(KEY, b"sealed")),
    ],
)
def test_failing_kms_makes_store_unavailable_without_the_secret(
    tables: Tables, operation: str, call: Callable[[], object], failing: Callable[[str], object]
) -> None:
    with intercept_calls(failing(operation), "kms"), pytest.raises(StoreUnavailable) as raised:
        call()
    assert raised.value.__suppress_context__
