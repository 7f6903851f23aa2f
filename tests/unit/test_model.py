"""What the domain's types say of themselves."""

from dataclasses import replace

import pytest

from tests.support.fakes.portfolios import holding
from tidings.holdings import Account
from tidings.model import (
    EVERY_SOURCE,
    NO_CURRENCY,
    Access,
    ItemKey,
    ProviderEvent,
    Source,
    StatusChange,
    Task,
    User,
    VerifiedWebhook,
)

SOURCE = Source("plaid", "source", "item", "link")
REVOKED = SOURCE._replace(status="revoked", status_reason="user_permission_revoked")
ONE_ACCOUNT_REVOKED = SOURCE._replace(status="revoked", status_reason="user_account_revoked")


def test_item_key_is_stored_as_provider_and_id() -> None:
    assert str(ItemKey("plaid", "a#b")) == "plaid#a#b"
    assert ItemKey.parse("snaptrade#a#b") == ItemKey("snaptrade", "a#b")


@pytest.mark.parametrize("text", ["", "plaid", "plaid#", "#item", "bank#item", "Plaid#item"])
def test_text_that_is_no_item_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="provider item"):
        ItemKey.parse(text)


def test_webhook_is_dated_by_its_sender_unless_each_delivery_is() -> None:
    assert VerifiedWebhook("id", {}, 7).happened_at == 7
    assert VerifiedWebhook("id", {}, 7, signed_anew=True).happened_at is None


def test_webhook_is_signed_and_current_unless_said_otherwise() -> None:
    webhook = VerifiedWebhook("id", {}, None)
    assert (webhook.signed, webhook.stale) == (True, False)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (ProviderEvent("kind", "item"), False),
        (ProviderEvent("kind", "item", marks=True), True),
        (ProviderEvent("kind", "item", status=StatusChange("ok")), True),
        (ProviderEvent("kind", "item", removes="source"), True),
        (ProviderEvent("kind", marks=True), False),
        (ProviderEvent("kind", "item", task=Task("end_access", {})), False),
    ],
)
def test_event_is_actionable_if_it_changes_an_item(event: ProviderEvent, expected: bool) -> None:
    assert event.is_actionable is expected


def test_event_concerns_every_source_unless_it_names_one() -> None:
    assert ProviderEvent("kind", "item").source_id == EVERY_SOURCE


def test_calls_with_an_access_are_not_counted_unless_it_says_how() -> None:
    access = Access({}, "item", "credential")
    access.count_calls(1_000_000)


def test_user_without_an_address_has_none_to_verify() -> None:
    assert User("ann") == User("ann", None, unverified=False)


def test_amount_without_a_currency_has_iso_4217s_code_for_none() -> None:
    assert NO_CURRENCY == "XXX"


def test_secrets_are_in_no_text_of_their_objects() -> None:
    access = Access({"secret": "app-secret"}, "item", "credential", count_calls=lambda _: None)
    task = Task("complete_connection", {"link_token": "link-token"})
    assert repr(access) == "Access(item_id='item')"
    assert repr(task) == "Task(kind='complete_connection')"


@pytest.mark.parametrize(
    ("source", "pending"),
    [
        (SOURCE, False),
        (SOURCE._replace(generation=1), True),
        (SOURCE._replace(generation=3, seen_generation=2), True),
        (SOURCE._replace(generation=3, seen_generation=3), False),
        (SOURCE._replace(generation=3, seen_generation=4), False),
        (REVOKED._replace(generation=1), False),
        (ONE_ACCOUNT_REVOKED._replace(generation=1), True),
    ],
)
def test_source_is_pending_while_it_has_an_update_to_fetch(source: Source, pending: bool) -> None:
    assert source.pending is pending


@pytest.mark.parametrize(
    ("source", "has_ended", "needs_reconnect"),
    [
        (SOURCE, False, False),
        (SOURCE._replace(status="expiring"), False, False),
        (SOURCE._replace(status="reconnect_required"), False, True),
        (REVOKED, True, True),
        (ONE_ACCOUNT_REVOKED, False, True),
        (SOURCE._replace(status_reason="user_permission_revoked"), False, False),
    ],
)
def test_status_says_whether_a_source_can_work_again(source: Source, has_ended: bool, needs_reconnect: bool) -> None:
    assert (source.has_ended, source.needs_reconnect) == (has_ended, needs_reconnect)


def test_wildcard_stands_for_all_sources_of_its_item() -> None:
    assert SOURCE._replace(source_id="*").is_wildcard
    assert not SOURCE.is_wildcard
    assert SOURCE.item == ItemKey("plaid", "item")


def test_new_source_is_ok_and_has_nothing_counted() -> None:
    assert (SOURCE.status, SOURCE.status_version, SOURCE.generation, SOURCE.seen_generation) == ("ok", 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [("derivative", None, True), ("derivative", "1", False), ("equity", None, False), ("equity", "1", False)],
)
def test_derivative_without_a_value_is_settled_in_cash(kind: str, value: str | None, expected: bool) -> None:
    assert replace(holding(value=value), type=kind).is_settled_in_cash is expected


def test_account_is_readable_real_and_whole_unless_said_otherwise() -> None:
    account = Account("id", None, None, None, None, None)
    assert (account.readable, account.is_paper, account.dropped_rows) == (True, False, 0)
    assert holding().is_cash is False
