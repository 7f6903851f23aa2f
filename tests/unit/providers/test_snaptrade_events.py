"""Parsing SnapTrade's events."""

from typing import Any

import pytest
from hypothesis import given

from tests.unit.providers.json_objects import objects
from tidings.model import EVERY_SOURCE, ProviderEvent, StatusChange, VerifiedWebhook
from tidings.providers.snaptrade import webhook
from tidings.providers.snaptrade.users import PERSON


def parse(payload: dict[str, Any]) -> ProviderEvent:
    return webhook.parse_event(VerifiedWebhook("event", payload, 0))


def event(kind: str, **fields: object) -> ProviderEvent:
    return parse({"eventType": kind, "userId": "user-1", "brokerageAuthorizationId": "conn-1", **fields})


@pytest.mark.parametrize(
    "kind",
    [
        "ACCOUNT_HOLDINGS_UPDATED",
        "ACCOUNT_TRANSACTIONS_INITIAL_UPDATE",
        "ACCOUNT_TRANSACTIONS_UPDATED",
        "ACCOUNT_REMOVED",
        "NEW_ACCOUNT_AVAILABLE",
        "CONNECTION_ADDED",
        "CONNECTION_UPDATED",
        "TRADE_DETECTION",
        "TRADE_UPDATE",
        "TRADES_PLACED",
    ],
)
def test_snaptrade_update_event_has_update(kind: str) -> None:
    assert event(kind) == ProviderEvent(kind, "user-1", "conn-1", marks=True)


@pytest.mark.parametrize(
    "kind",
    ["CONNECTION_FAILED", "CONNECTION_ATTEMPTED", "USER_REGISTERED", "TEST_WEBHOOK", "SOMETHING_NEW", "ORDER_FILLED"],
)
def test_other_snaptrade_event_is_only_logged(kind: str) -> None:
    assert event(kind) == ProviderEvent(kind, "user-1", "conn-1")


@pytest.mark.parametrize(
    ("details", "marks"),
    [
        (None, True),
        ("failed", True),
        ({}, True),
        ({"positions": {"success": True}, "balances": {"success": True}}, True),
        ({"positions": {"success": False}, "balances": {"success": True}}, True),
        ({"positions": {"success": True}, "balances": {"success": False}}, True),
        ({"positions": {"success": False}}, True),
        ({"positions": {"success": None}, "balances": {"success": False}}, True),
        ({"positions": {"success": False}, "balances": {"success": False}, "orders": {"success": True}}, False),
    ],
)
def test_fully_failed_update_has_no_update(details: object, marks: bool) -> None:
    assert event("ACCOUNT_HOLDINGS_UPDATED", details=details).marks is marks


def test_failed_details_matter_only_for_holdings_updates() -> None:
    failed = {"positions": {"success": False}, "balances": {"success": False}}
    assert event("CONNECTION_ADDED", details=failed).marks


@pytest.mark.parametrize(("length", "usable"), [(0, False), (1, True), (256, True), (257, False)])
def test_snaptrade_text_has_at_most_256_characters(length: int, usable: bool) -> None:
    assert parse({"eventType": "CONNECTION_ADDED", "userId": "u" * length}).item_id == (
        "u" * length if usable else None
    )


def test_event_without_kind_is_unknown() -> None:
    assert parse({"userId": "user-1"}) == ProviderEvent("unknown", "user-1")


def test_broken_connection_requires_user_and_fixed_has_update() -> None:
    broken = StatusChange("reconnect_required", "connection_disabled")
    assert event("CONNECTION_BROKEN") == ProviderEvent("CONNECTION_BROKEN", "user-1", "conn-1", status=broken)
    fixed = ProviderEvent("CONNECTION_FIXED", "user-1", "conn-1", marks=True, status=StatusChange("ok"))
    assert event("CONNECTION_FIXED") == fixed


def test_removal_events_name_source_or_item() -> None:
    assert event("CONNECTION_DELETED") == ProviderEvent("CONNECTION_DELETED", "user-1", "conn-1", removes="source")
    deleted = parse({"eventType": "USER_DELETED", "userId": "user-1"})
    assert deleted == ProviderEvent("USER_DELETED", "user-1", EVERY_SOURCE, removes="item")


@pytest.mark.parametrize("connection", [None, "", "*", 5, [], "a/b", "a#b", "x" * 500, "\ud800"])
def test_event_without_connection_concerns_all_sources(connection: object) -> None:
    """A deletion without a connection could concern any, so a refresh must find out."""
    for kind in ("CONNECTION_DELETED", "CONNECTION_BROKEN", "ACCOUNT_HOLDINGS_UPDATED", "CONNECTION_FIXED"):
        parsed = event(kind, brokerageAuthorizationId=connection)
        assert parsed == ProviderEvent(kind, "user-1", EVERY_SOURCE, marks=True)


def test_oauth_app_shape_is_parsed() -> None:
    parsed = parse(
        {
            "schemaVersion": "oauth_v1",
            "oauthClientId": "app",
            "userId": "3f0c",
            "connectionId": "conn-2",
            "eventType": "ACCOUNT_HOLDINGS_UPDATED",
        }
    )
    assert parsed == ProviderEvent("ACCOUNT_HOLDINGS_UPDATED", "3f0c", "conn-2", marks=True)


def test_legacy_shape_is_parsed() -> None:
    data = {"userId": "user-1", "brokerageAuthorizationId": "conn-1", "accountId": "acc-1"}
    parsed = parse({"type": "ACCOUNT_HOLDINGS_UPDATED", "data": data})
    assert parsed == ProviderEvent("ACCOUNT_HOLDINGS_UPDATED", "user-1", "conn-1", marks=True)


@pytest.mark.parametrize("user_id", [None, "", 5, {}, "x" * 300, "a\x00b", "\ud800"])
def test_event_without_usable_user_is_empty(user_id: object) -> None:
    assert event("USER_DELETED", userId=user_id) == ProviderEvent("USER_DELETED")


@given(
    objects(
        eventType=["ACCOUNT_HOLDINGS_UPDATED", "CONNECTION_DELETED", "USER_DELETED", "CONNECTION_BROKEN"],
        type=["ACCOUNT_HOLDINGS_UPDATED"],
        userId=["user-1"],
        connectionId=["conn-1", "*"],
        brokerageAuthorizationId=["conn-1"],
        data=[{"userId": "user-1", "type": 5}, {"connectionId": []}],
        details=[{"positions": {"success": False}, "balances": 5}, {"positions": []}],
    )
)
def test_any_snaptrade_object_parses_and_removals_name_target(payload: dict[str, Any]) -> None:
    parsed = parse(payload)
    assert parsed.kind.isprintable()
    if parsed.removes == "source" or parsed.status is not None:
        assert parsed.source_id != EVERY_SOURCE
    if parsed.item_id is None:
        assert parsed == ProviderEvent(parsed.kind)


def test_events_of_personal_key_concern_its_one_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
    assert event("CONNECTION_ADDED") == ProviderEvent("CONNECTION_ADDED", PERSON, "conn-1", marks=True)
    assert event("USER_DELETED") == ProviderEvent("USER_DELETED", PERSON, marks=True)


def test_deleted_user_is_removed_without_an_update() -> None:
    assert event("USER_DELETED") == ProviderEvent("USER_DELETED", "user-1", removes="item")
