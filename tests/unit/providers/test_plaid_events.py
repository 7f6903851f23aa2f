"""Parsing Plaid's events."""

from typing import Any

import pytest
from hypothesis import given

from tests.unit.providers.json_objects import objects
from tidings.model import EVERY_SOURCE, ProviderEvent, Status, StatusChange, Task, VerifiedWebhook
from tidings.providers.plaid import webhook

STILL_WORKING: frozenset[Status] = frozenset({"ok", "expiring"})


def parse(payload: dict[str, Any]) -> ProviderEvent:
    return webhook.parse_event(VerifiedWebhook("event", payload, 0))


def item(category: str, code: str, **fields: object) -> ProviderEvent:
    return parse({"webhook_type": category, "webhook_code": code, "item_id": "item-1", **fields})


@pytest.mark.parametrize(("length", "usable"), [(0, False), (1, True), (128, True), (129, False)])
def test_plaid_text_has_at_most_128_characters(length: int, usable: bool) -> None:
    finished = {"webhook_type": "LINK", "webhook_code": "SESSION_FINISHED", "status": "SUCCESS"}
    task = Task("complete_connection", {"link_token": "t" * length})
    assert parse({**finished, "link_token": "t" * length}).task == (task if usable else None)


def test_unprintable_text_is_unknown() -> None:
    assert item("HOLDINGS", "DEFAULT\nUPDATE") == ProviderEvent("HOLDINGS:unknown", "item-1", "item-1")


def test_only_revocation_deletes_account() -> None:
    assert item("ITEM", "NEW_ACCOUNTS_AVAILABLE", account_id="account-1").task is None
    assert item("HOLDINGS", "DEFAULT_UPDATE", account_id="account-1").task is None


@pytest.mark.parametrize(
    ("category", "code"),
    [
        ("HOLDINGS", "DEFAULT_UPDATE"),
        ("INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE"),
        ("INVESTMENTS_TRANSACTIONS", "HISTORICAL_UPDATE"),
    ],
)
def test_plaid_update_event_has_update(category: str, code: str) -> None:
    assert item(category, code) == ProviderEvent(f"{category}:{code}", "item-1", "item-1", marks=True)


@pytest.mark.parametrize(
    ("category", "code"),
    [
        ("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"),
        ("TRANSACTIONS", "DEFAULT_UPDATE"),
        ("ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED"),
        ("HOLDINGS", "SOMETHING_NEW"),
        ("NEW_TYPE", "DEFAULT_UPDATE"),
    ],
)
def test_other_plaid_event_is_only_logged(category: str, code: str) -> None:
    assert item(category, code) == ProviderEvent(f"{category}:{code}", "item-1", "item-1")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"error_code": "ITEM_LOGIN_REQUIRED"}, StatusChange("reconnect_required", "item_login_required")),
        (
            {"error_code": "ITEM_LOGIN_REQUIRED", "error_code_reason": "OAUTH_CONSENT_EXPIRED"},
            StatusChange("reconnect_required", "oauth_consent_expired"),
        ),
        ({"error_code": "USER_SETUP_REQUIRED"}, StatusChange("reconnect_required", "user_setup_required")),
        ({"error_code": "INSTITUTION_DOWN"}, None),
        ({"error_code": 5}, None),
        ({}, None),
        (None, None),
        ("ITEM_LOGIN_REQUIRED", None),
    ],
)
def test_item_error_requires_user_only_if_repairable(error: object, status: StatusChange | None) -> None:
    assert item("ITEM", "ERROR", error=error).status == status


@pytest.mark.parametrize(
    ("code", "fields", "status"),
    [
        ("LOGIN_REPAIRED", {}, StatusChange("ok")),
        (
            "PENDING_EXPIRATION",
            {"consent_expiration_time": "2026-10-01T12:00:00Z"},
            StatusChange("expiring", "consent_expiration:2026-10-01T12:00:00Z", over=STILL_WORKING),
        ),
        (
            "PENDING_EXPIRATION",
            {"consent_expiration_time": 5},
            StatusChange("expiring", "consent_expiration", over=STILL_WORKING),
        ),
        (
            "PENDING_DISCONNECT",
            {"reason": "INSTITUTION_MIGRATION", "disconnect_time": "2026-10-01T14:00:00+02:00"},
            StatusChange("expiring", "institution_migration:2026-10-01T12:00:00Z", over=STILL_WORKING),
        ),
        ("PENDING_DISCONNECT", {"reason": None}, StatusChange("expiring", "disconnect", over=STILL_WORKING)),
        ("NEW_ACCOUNTS_AVAILABLE", {}, StatusChange("ok", "new_accounts_available", over=frozenset({"ok"}))),
        ("USER_PERMISSION_REVOKED", {}, StatusChange("revoked", "user_permission_revoked")),
    ],
)
def test_item_event_sets_status(code: str, fields: dict[str, object], status: StatusChange) -> None:
    parsed = item("ITEM", code, **fields)
    assert parsed.status == status
    assert not parsed.marks


def test_revocation_event_has_deletion_task() -> None:
    whole = item("ITEM", "USER_PERMISSION_REVOKED")
    assert whole.task == Task("end_access", {"item_id": "item-1"})
    one = item("ITEM", "USER_ACCOUNT_REVOKED", account_id="account-1")
    assert one.task == Task("forget_account", {"item_id": "item-1", "account_id": "account-1"})
    assert one.status == StatusChange("revoked", "user_account_revoked")
    assert one.marks, "it leaves the item's holdings: that is an update"
    assert item("ITEM", "USER_ACCOUNT_REVOKED", account_id=None).task is None


@pytest.mark.parametrize(
    ("fields", "task"),
    [
        ({"status": "SUCCESS", "link_token": "link-1"}, Task("complete_connection", {"link_token": "link-1"})),
        (
            {"status": "SUCCESS", "link_token": "link-1", "item_id": "item-1"},
            Task("complete_connection", {"link_token": "link-1"}),
        ),
        ({"status": "EXITED", "link_token": "link-1"}, None),
        ({"status": "SUCCESS", "link_token": None}, None),
        ({"status": "SUCCESS", "link_token": 5}, None),
        ({"link_token": "link-1"}, None),
    ],
)
def test_finished_session_has_completion_task(fields: dict[str, object], task: Task | None) -> None:
    parsed = parse(
        {"webhook_type": "LINK", "webhook_code": "SESSION_FINISHED", "public_tokens": ["public-1"], **fields}
    )
    assert parsed == ProviderEvent("LINK:SESSION_FINISHED", task=task)
    assert "link-1" not in repr(parsed)


@pytest.mark.parametrize("item_id", [None, "", 7, "*", "a b", "x" * 200, "\ud800", "source#plaid"])
def test_event_without_usable_item_is_empty(item_id: object) -> None:
    parsed = parse({"webhook_type": "HOLDINGS", "webhook_code": "DEFAULT_UPDATE", "item_id": item_id})
    assert parsed == ProviderEvent("HOLDINGS:DEFAULT_UPDATE")


@given(
    objects(
        webhook_type=["HOLDINGS", "ITEM", "INVESTMENTS_TRANSACTIONS"],
        webhook_code=["DEFAULT_UPDATE", "ERROR", "PENDING_EXPIRATION", "PENDING_DISCONNECT"],
        item_id=["item-1"],
        error=[None, {"error_code": "ITEM_LOGIN_REQUIRED", "error_code_reason": 5}],
        consent_expiration_time=["2026-10-01T12:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
        disconnect_time=["2026-10-01T12:00:00Z", "9999-12-31T23:59:59-14:00"],
        reason=["INSTITUTION_MIGRATION"],
    )
)
def test_any_plaid_object_parses_and_names_only_its_item(payload: dict[str, Any]) -> None:
    parsed = parse(payload)
    assert parsed.kind.isprintable()
    assert parsed.source_id == (parsed.item_id or EVERY_SOURCE)
    assert parsed.item_id == (payload.get("item_id") if parsed.item_id else None)


def test_reported_end_is_left_to_a_status_check() -> None:
    error = {"error_type": "INSTITUTION_ERROR", "error_code": "INSTITUTION_NO_LONGER_SUPPORTED", "error_message": ""}
    assert item("ITEM", "ERROR", error=error) == ProviderEvent("ITEM:ERROR", "item-1", "item-1")
