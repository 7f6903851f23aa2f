"""When the reconciler checks a source, and when it expects the next reason."""

import random
from typing import Any

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tidings.errors import NotOffered
from tidings.model import EVERY_SOURCE, Source
from tidings.reconcile import policy
from tidings.reconcile.policy import RECHECK_AFTER_MS, REPEAT_AFTER_MS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
NOW = 1_771_500_000_000
SILENT_MS = 26 * HOUR_MS


def source(**values: Any) -> Source:  # noqa: ANN401 - a row's values
    """Build a source that was checked two hours ago, unless the values say otherwise."""
    return Source("plaid", "source", "item", "link", **{"last_reconcile_at": NOW - 2 * HOUR_MS, **values})


def reason(**values: Any) -> str | None:  # noqa: ANN401 - a row's values
    return policy.check_reason(source(**values), SILENT_MS, NOW)


def next_check(*sources: Source) -> int:
    """Return in how many ms the item of these sources is due again."""
    return policy.next_check_at(sources, SILENT_MS, NOW) - NOW


@pytest.fixture
def daily_late(monkeypatch: pytest.MonkeyPatch) -> int:
    """Let the daily check be as late as it can, in ms from now."""
    replace_in_product(monkeypatch, random, uniform=max)
    return round(0.95 * DAY_MS)


def test_intervals_are_an_hour_and_half_a_day() -> None:
    assert (RECHECK_AFTER_MS, REPEAT_AFTER_MS) == (HOUR_MS, DAY_MS / 2)


@pytest.mark.parametrize(
    ("due", "checked", "expected"),
    [
        (NOW - 10, NOW - 11, "late webhook"),
        (NOW - 10, NOW - 10, None),
        (NOW - 10, None, "late webhook"),
        (NOW - 2 * HOUR_MS, NOW - HOUR_MS, "late webhook"),
        (NOW - 2 * HOUR_MS, NOW - HOUR_MS + 1, None),
        (0, NOW - HOUR_MS, "late webhook"),
    ],
)
def test_late_webhook_is_checked_at_once_and_again_after_an_hour(due: int, checked: int | None, expected: str) -> None:
    assert reason(check_due=due, last_reconcile_at=checked, last_update_at=NOW) == expected


@pytest.mark.parametrize(
    ("again_at", "checked", "expected"),
    [
        (NOW, NOW - 1, "unchanged"),
        (NOW + 1, NOW - 1, None),
        (NOW - 5, NOW - 6, "unchanged"),
        (NOW - 5, NOW - 5, None),
        (NOW - 5, None, "unchanged"),
    ],
)
def test_unchanged_holdings_are_checked_once_at_their_time(
    again_at: int, checked: int | None, expected: str | None
) -> None:
    assert reason(look_again_at=again_at, last_reconcile_at=checked, last_update_at=NOW) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"status": "reconnect_required"}, "reconnect"),
        ({"status": "reconnect_required", "last_error": "provider-outage"}, "reconnect"),
        ({"last_error": "provider-outage"}, "failed"),
        ({"last_error": NotOffered.slug}, None),
        ({"status": "expiring"}, None),
        ({"status": "revoked", "last_error": "provider-outage", "check_due": NOW, "look_again_at": NOW}, None),
    ],
)
def test_failed_source_is_checked_an_hour_after_its_last_check(values: dict[str, Any], expected: str | None) -> None:
    assert reason(last_reconcile_at=NOW - HOUR_MS, **values) == expected
    assert reason(last_reconcile_at=NOW - HOUR_MS + 1, **values | {"check_due": None, "look_again_at": None}) is None


@pytest.mark.parametrize("sign", ["last_reconcile_at", "last_update_at", "last_fetched_at"])
def test_source_is_silent_after_its_last_sign_of_any_kind(sign: str) -> None:
    long_ago = dict.fromkeys(("last_reconcile_at", "last_update_at", "last_fetched_at"), NOW - 10 * DAY_MS)
    assert reason(**long_ago) == "silent"
    assert reason(**long_ago | {sign: NOW - SILENT_MS}) == "silent"
    assert reason(**long_ago | {sign: NOW - SILENT_MS + 1}) is None
    assert reason(**dict.fromkeys(long_ago) | {sign: NOW - SILENT_MS + 1}) is None


@pytest.mark.parametrize(
    ("values", "silent_ms", "now", "expected"),
    [
        ({}, 10, 10, "silent"),
        ({}, 10, 9, None),
        ({"last_error": "provider-outage"}, SILENT_MS, HOUR_MS, "failed"),
        ({"last_error": "provider-outage"}, SILENT_MS, HOUR_MS - 1, None),
    ],
)
def test_source_without_any_instant_counts_from_the_first(
    values: dict[str, Any], silent_ms: int, now: int, expected: str | None
) -> None:
    never = source(last_reconcile_at=None, **values)
    assert policy.check_reason(never, silent_ms, now) == expected


def test_next_check_without_any_instant_counts_from_the_first(daily_late: int) -> None:
    never = source(last_reconcile_at=None)
    assert policy.next_check_at([never], 10, 0) == 10
    assert policy.next_check_at([never._replace(last_error="provider-outage")], SILENT_MS, 0) == REPEAT_AFTER_MS


def test_revoked_source_is_not_checked_however_silent() -> None:
    assert reason(status="revoked", last_reconcile_at=None) is None


@pytest.mark.parametrize("order", [1, -1])
def test_one_source_with_a_reason_is_reason_enough(order: int) -> None:
    sources = [source(), source(last_error="provider-outage")][::order]
    assert policy.first_check_reason(sources, SILENT_MS, NOW) == "failed"
    assert policy.first_check_reason([source()], SILENT_MS, NOW) is None


def test_first_of_two_reasons_is_told() -> None:
    sources = [source(last_error="provider-outage"), source(status="reconnect_required")]
    assert policy.first_check_reason(sources, SILENT_MS, NOW) == "failed"
    assert policy.first_check_reason(sources[::-1], SILENT_MS, NOW) == "reconnect"


@pytest.mark.parametrize(("choose", "share"), [(min, 0.75), (max, 0.95)])
def test_daily_check_is_within_a_day(monkeypatch: pytest.MonkeyPatch, choose: Any, share: float) -> None:  # noqa: ANN401
    replace_in_product(monkeypatch, random, uniform=choose)
    assert policy.daily_check_at(NOW) == NOW + round(share * DAY_MS)


@pytest.mark.parametrize(
    ("values", "due_in_h"),
    [
        ({"last_reconcile_at": NOW - 20 * HOUR_MS}, 6),
        ({"last_update_at": NOW - 20 * HOUR_MS, "last_reconcile_at": NOW - 30 * HOUR_MS}, 6),
        ({"last_fetched_at": NOW - 20 * HOUR_MS, "last_reconcile_at": None}, 6),
        ({"last_error": "provider-outage"}, 10),
        ({"status": "reconnect_required"}, 10),
        ({"status": "reconnect_required", "last_error": NotOffered.slug}, 10),
        ({"check_due": NOW - HOUR_MS / 2, "last_reconcile_at": NOW}, 1),
        ({"check_due": NOW - 5 * HOUR_MS, "last_reconcile_at": NOW}, 5),
        ({"check_due": NOW - 50 * HOUR_MS, "last_reconcile_at": NOW}, 12),
        ({"check_due": NOW - 5 * HOUR_MS}, 3),
        ({"look_again_at": NOW + 4 * HOUR_MS}, 4),
        ({"look_again_at": NOW + 4 * HOUR_MS, "last_error": "provider-outage"}, 4),
        ({"look_again_at": NOW + 14 * HOUR_MS, "last_error": "provider-outage"}, 10),
        ({"look_again_at": NOW + 4 * HOUR_MS, "last_reconcile_at": None, "last_update_at": NOW}, 4),
    ],
)
def test_next_check_is_when_a_reason_is_foreseen(daily_late: int, values: dict[str, Any], due_in_h: int) -> None:
    assert next_check(source(**values)) == due_in_h * HOUR_MS
    assert next_check(source(), source(**values)) == due_in_h * HOUR_MS
    assert next_check(source(**values), source()) == due_in_h * HOUR_MS


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"last_error": NotOffered.slug},
        {"look_again_at": NOW - 3 * HOUR_MS},
        {"look_again_at": NOW - 2 * HOUR_MS},
        {"status": "revoked", "last_error": "provider-outage"},
        {"status": "expiring"},
    ],
)
def test_next_check_is_daily_if_nothing_is_foreseen(daily_late: int, values: dict[str, Any]) -> None:
    assert next_check(source(**values)) == daily_late


def test_item_without_sources_is_checked_daily(daily_late: int) -> None:
    assert next_check() == daily_late


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, True),
        ({"source_id": EVERY_SOURCE}, False),
        ({"generation": 2, "seen_generation": 1}, False),
        ({"status": "revoked"}, False),
        ({"status": "reconnect_required"}, True),
        ({"last_error": NotOffered.slug}, False),
        ({"last_error": NotOffered.slug, "check_due": NOW}, True),
        ({"last_error": "provider-outage"}, True),
    ],
)
def test_check_records_an_update_only_where_one_can_be_fetched(values: dict[str, Any], expected: bool) -> None:
    assert policy.may_have_update(source()._replace(**values)) is expected
