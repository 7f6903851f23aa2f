"""The deployment's keys are read once in five minutes, and unreadable ones are an outage."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.support.fakes.product_modules import replace_in_product
from tidings import settings
from tidings.aws import clients, secrets
from tidings.errors import StoreUnavailable


class Store:
    """Secrets Manager: the texts by id, and what was read."""

    def __init__(self) -> None:
        self.texts = {"id of plaid": '{"client_id": "a"}', "id of notify": '{"key": "b"}'}
        self.reads: list[str] = []
        self.error: Exception | None = None
        self.now = 100.0

    def get_secret_value(self, SecretId: str) -> Any:  # noqa: ANN401, N803 - botocore's
        self.reads.append(SecretId)
        if self.error:
            raise self.error
        return {"SecretString": self.texts[SecretId]}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(clients, "aws_client", lambda service: {"secretsmanager": store}[service])
    monkeypatch.setattr(settings, "secret_id", lambda name: f"id of {name}")
    replace_in_product(monkeypatch, time, monotonic=lambda: store.now)
    monkeypatch.setattr(secrets, "_cache", {})
    return store


def test_secret_is_read_once_in_five_minutes(store: Store) -> None:
    for passed_s in (0, 299.9, 0.1):
        store.now += passed_s
        assert secrets.app_secret("plaid") == {"client_id": "a"}
    assert store.reads == ["id of plaid"]
    store.texts["id of plaid"] = '{"client_id": "c"}'
    store.now += 0.1
    assert secrets.app_secret("plaid") == {"client_id": "c"}
    assert store.reads == ["id of plaid"] * 2


def test_each_secret_is_kept_by_itself(store: Store) -> None:
    assert [secrets.app_secret("plaid"), secrets.app_secret("notify")] == [{"client_id": "a"}, {"key": "b"}]


def test_emptied_cache_reads_anew(store: Store) -> None:
    secrets.app_secret("plaid")
    secrets.clear_cache()
    secrets.app_secret("plaid")
    assert store.reads == ["id of plaid"] * 2


def test_secret_has_its_texts_that_are_not_empty(store: Store) -> None:
    store.texts["id of plaid"] = '{"client_id": "ä", "secret": "", "number": 7, "none": null}'
    assert secrets.app_secret("plaid") == {"client_id": "ä"}


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"', "null", '{"a": "\\ud800"}', "[" * 100_000])
def test_malformed_secret_is_an_outage_and_not_kept(store: Store, text: str) -> None:
    store.texts["id of plaid"] = text
    with pytest.raises(StoreUnavailable):
        secrets.app_secret("plaid")
    store.texts["id of plaid"] = '{"client_id": "a"}'
    assert secrets.app_secret("plaid") == {"client_id": "a"}


@pytest.mark.parametrize(
    "error",
    [
        lambda: EndpointConnectionError(endpoint_url="https://aws.invalid"),
        lambda: ClientError({"Error": {"Code": "Denied"}}, "GetSecretValue"),
    ],
)
def test_secret_that_cannot_be_read_is_an_outage(store: Store, error: Callable[[], Exception]) -> None:
    store.error = error()
    with pytest.raises(StoreUnavailable):
        secrets.app_secret("plaid")
