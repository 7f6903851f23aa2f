"""Credentials are encrypted for their user, provider and item alone."""

from collections.abc import Callable

import pytest

from tests.support.aws.aws_calls import aws_error, intercept_calls, stub_response
from tests.support.aws.inserted_rows import KEY
from tests.support.aws.tables import Tables
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


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("Encrypt", lambda: credentials.encrypt(KEY, "secret")),
        ("Decrypt", lambda: credentials.decrypt(KEY, b"sealed")),
    ],
)
def test_failing_kms_makes_store_unavailable_without_the_secret(
    tables: Tables, operation: str, call: Callable[[], object]
) -> None:
    failing = stub_response(operation, aws_error("KMSInternalException"))
    with intercept_calls(failing, "kms"), pytest.raises(StoreUnavailable) as raised:
        call()
    assert raised.value.__suppress_context__
