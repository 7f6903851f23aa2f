"""Which calls a fetch and a status check make at SnapTrade, and what they take from accounts that lack something."""

from typing import Any

import pytest

from tests.unit.providers.snaptrade_answers import ACCOUNTS, SnapTrade, balance, position
from tidings.errors import (
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderLimit,
    ProviderNotReady,
    ReconnectRequired,
    UnusableResponse,
)
from tidings.model import DiscoveredSource, StatusChange
from tidings.providers.snaptrade import holdings, status

FIRST, SECOND = "2026-02-11 10:00:00+00:00", "2026-02-12 10:00:00+00:00"
STOCK, CASH = position(), balance("USD", "5")


def account(name: str, synced: str | None = FIRST, *, category: str = "INVESTMENT", **fields: object) -> dict[str, Any]:
    sync = {"initial_sync_completed": True, "last_successful_sync": synced}
    return {"id": name, "account_category": category, "sync_status": {"holdings": sync}} | fields


def unsynced(name: str, **fields: object) -> dict[str, Any]:
    return account(name) | {"sync_status": {"holdings": {"initial_sync_completed": False}}} | fields


def list_holding(snaptrade: SnapTrade, *listed: dict[str, Any]) -> None:
    """List accounts that each hold a stock and cash."""
    snaptrade.list_accounts(*listed, positions=[STOCK], balances=[CASH])


@pytest.fixture
def snaptrade(snaptrade: SnapTrade) -> SnapTrade:
    """SnapTrade with one account, which says little of itself."""
    list_holding(snaptrade, account("a"))
    return snaptrade


@pytest.mark.parametrize(("accounts", "calls"), [([], 1), ([0], 2), ([1], 4), ([2, 3], 13)])
def test_calls_are_one_list_and_two_per_account(accounts: list[int], calls: int) -> None:
    assert holdings.expected_calls(accounts) == calls


@pytest.mark.parametrize("order", [1, -1])
def test_every_call_of_a_fetch_is_counted(snaptrade: SnapTrade, order: int) -> None:
    list_holding(snaptrade, *[account("a", FIRST), account("b", SECOND)][::order])
    fetched = snaptrade.fetch()
    assert (snaptrade.counted, len(snaptrade.calls)) == ([1, 4], 5)
    assert fetched.provider_stamp == SECOND


@pytest.mark.parametrize("synced", [(None, FIRST), (FIRST, None), ("not a time", FIRST), (FIRST, "not a time")])
def test_stamp_is_the_newest_time_that_can_be_read(snaptrade: SnapTrade, synced: tuple[str | None, ...]) -> None:
    list_holding(snaptrade, *(account(f"a{number}", one) for number, one in enumerate(synced)))
    assert snaptrade.fetch().provider_stamp == FIRST


def test_accounts_that_were_never_synchronized_have_no_stamp(snaptrade: SnapTrade) -> None:
    list_holding(snaptrade, account("a", None))
    assert snaptrade.fetch().provider_stamp is None


@pytest.mark.parametrize(
    ("synced", "stamp"), [(("", None), None), ((None, "no time"), "no time"), (("no time", None), "no time")]
)
def test_only_stamp_is_kept_as_it_is_written(
    snaptrade: SnapTrade, synced: tuple[str | None, ...], stamp: str | None
) -> None:
    list_holding(snaptrade, *(account(f"a{number}", one) for number, one in enumerate(synced)))
    assert snaptrade.fetch().provider_stamp == stamp


def test_known_connection_that_list_omits_is_looked_up(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/authorizations"] = [{"id": "listed", "brokerage": {"name": "Fidelity"}}]
    snaptrade.answers["/authorizations/omitted"] = {"id": "omitted", "disabled": True}
    snaptrade.answers["/authorizations/gone"] = ItemGone()
    found = holdings.discover(snaptrade.access, ["listed", "omitted", "gone"], 0.0)
    assert found == [
        DiscoveredSource("listed", "Fidelity", StatusChange("ok")),
        DiscoveredSource("omitted", None, StatusChange("reconnect_required", "connection_disabled")),
    ]
    assert snaptrade.counted == [1, 2]


def test_missing_list_of_connections_removes_none(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/authorizations"] = ItemGone()
    with pytest.raises(UnusableResponse):
        holdings.discover(snaptrade.access, ["known"], 0.0)


@pytest.mark.parametrize("category", ["DEPOSIT", "LOC"])
def test_connection_with_bank_accounts_alone_offers_nothing(snaptrade: SnapTrade, category: str) -> None:
    list_holding(snaptrade, account("bank", category=category))
    with pytest.raises(NotOffered) as refused:
        snaptrade.fetch()
    assert refused.value.reason == "no_investment_accounts"


def test_connection_without_any_readable_account_offers_nothing(snaptrade: SnapTrade) -> None:
    list_holding(snaptrade, account("a", sync_status={"holdings": {"holdings_unavailable": True}}))
    with pytest.raises(NotOffered) as refused:
        snaptrade.fetch()
    assert refused.value.reason == "holdings_unavailable"


@pytest.mark.parametrize("order", [1, -1])
def test_account_before_its_first_sync_is_waited_for_a_minute(snaptrade: SnapTrade, order: int) -> None:
    list_holding(snaptrade, *[account("a"), unsynced("b")][::order])
    with pytest.raises(ProviderNotReady) as refused:
        snaptrade.fetch()
    assert refused.value.retry_after_s == 60


@pytest.mark.parametrize("end", ["closed", "archived"])
def test_ended_account_is_not_waited_for(snaptrade: SnapTrade, end: str) -> None:
    list_holding(snaptrade, account("a"), unsynced("b", status=end))
    assert len(snaptrade.fetch().accounts) == 2


def test_unavailable_account_is_not_waited_for(snaptrade: SnapTrade) -> None:
    sync = {"initial_sync_completed": False, "holdings_unavailable": True}
    list_holding(snaptrade, account("a"), account("b", sync_status={"holdings": sync}))
    assert [one.readable for one in snaptrade.fetch().accounts] == [True, False]


@pytest.mark.parametrize("order", [1, -1])
def test_nothing_held_is_believed_if_every_read_account_is_synchronized(snaptrade: SnapTrade, order: int) -> None:
    never = account("b", status="closed", sync_status=None)
    list_holding(snaptrade, *[account("a"), never][::order])
    for name in ("a", "b"):
        snaptrade.hold(name, (), ())
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()
    snaptrade.hold("b", [STOCK], [CASH])
    assert {row.account_id for row in snaptrade.fetch().holdings} == {"b"}
    snaptrade.refuse("b", NotOffered("unsupported"))
    assert snaptrade.fetch().holdings == ()


@pytest.mark.parametrize("order", [1, -1])
def test_institution_is_the_first_that_an_account_names(snaptrade: SnapTrade, order: int) -> None:
    list_holding(snaptrade, *[account("a"), account("b", institution_name="Questrade")][::order])
    assert snaptrade.fetch().institution == "Questrade"
    list_holding(snaptrade, account("a"))
    assert snaptrade.fetch().institution is None


@pytest.mark.parametrize("order", [1, -1])
def test_one_refused_account_has_no_rows_and_two_are_an_error(snaptrade: SnapTrade, order: int) -> None:
    list_holding(snaptrade, *[account("a"), account("b")][::order])
    listed_first, listed_second = ["a", "b"][::order]
    first = NotOffered("first")
    snaptrade.refuse(listed_second, NotOffered("second"))
    shown = {one.account_id: one.readable for one in snaptrade.fetch().accounts}
    assert shown == {listed_first: True, listed_second: False}
    snaptrade.refuse(listed_first, first)
    with pytest.raises(NotOffered) as refused:
        snaptrade.fetch()
    assert refused.value is first


def test_positions_without_date_are_read(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/accounts/a/positions/all"] = {"results": [STOCK]}
    [stock, _] = snaptrade.fetch().holdings
    assert (stock.ticker, stock.price_as_of) == ("SHOP.TO", None)


def test_unreadable_rows_are_counted_unless_no_other_is_there(snaptrade: SnapTrade) -> None:
    snaptrade.hold("a", (STOCK, {"instrument": 5}), ())
    assert [one.dropped_rows for one in snaptrade.fetch().accounts] == [1]
    snaptrade.hold("a", ({"instrument": 5}, {"instrument": 6}), (CASH,))
    assert [one.dropped_rows for one in snaptrade.fetch().accounts] == [2]
    snaptrade.hold("a", ({"instrument": 5},), ({"cash": "?"},))
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


def test_account_takes_what_it_has(snaptrade: SnapTrade) -> None:
    refused = account("b", raw_type="IRA", number="123456789")
    list_holding(snaptrade, account("a", number=None), refused, account("c", balance={"total": None}))
    snaptrade.refuse("b", NotOffered("unsupported"))
    first, second, third = snaptrade.fetch().accounts
    assert (first.type, first.mask, first.institution_total, first.dropped_rows) == ("INVESTMENT", None, None, 0)
    assert (second.type, second.mask, second.dropped_rows) == ("IRA", "6789", 0)
    assert third.institution_total is None


def connections(snaptrade: SnapTrade, *, disabled: bool = False) -> list[DiscoveredSource]:
    snaptrade.answers["/authorizations"] = [{"id": "conn-1", "disabled": disabled}]
    return list(status.read_status(snaptrade.access, [], 0.0))


def test_status_check_takes_stamp_from_investment_accounts(snaptrade: SnapTrade) -> None:
    list_holding(snaptrade, account("a", FIRST), account("bank", SECOND, category="DEPOSIT"))
    assert connections(snaptrade) == [DiscoveredSource("conn-1", None, StatusChange("ok"), FIRST)]
    assert sum(snaptrade.counted) == status.CALLS_PER_CHECK == 2


def test_connection_with_bank_accounts_alone_has_no_stamp(snaptrade: SnapTrade) -> None:
    list_holding(snaptrade, account("bank", category="DEPOSIT"))
    assert connections(snaptrade) == [DiscoveredSource("conn-1", None, StatusChange("ok"))]


def test_fetches_and_status_checks_share_one_limit(snaptrade: SnapTrade) -> None:
    """https://docs.snaptrade.com/docs/rate-limiting"""
    snaptrade.fetch()
    connections(snaptrade)
    assert holdings.CALLS_PER_MINUTE == status.CALLS_PER_MINUTE == 250
    assert status.RATE_COUNTER == "snaptrade"


def test_connection_is_silent_two_hours_after_a_day(snaptrade: SnapTrade) -> None:
    [found] = connections(snaptrade)
    assert (found.stamp, status.MAX_SILENCE_HOURS) == (FIRST, 24 + 2)


def test_disabled_connection_is_not_asked_for_its_stamp(snaptrade: SnapTrade) -> None:
    [found] = connections(snaptrade, disabled=True)
    assert (found.stamp, ACCOUNTS in snaptrade.calls) == (None, False)


@pytest.mark.parametrize("error", [ProviderError(), ItemGone(), UnusableResponse()])
def test_accounts_that_cannot_be_listed_leave_no_stamp(snaptrade: SnapTrade, error: ProviderError) -> None:
    snaptrade.answers[ACCOUNTS] = error
    assert connections(snaptrade) == [DiscoveredSource("conn-1", None, StatusChange("ok"))]


@pytest.mark.parametrize("error", [ProviderLimit(), ReconnectRequired("disabled")])
def test_limit_and_lost_login_end_the_check(snaptrade: SnapTrade, error: ProviderError) -> None:
    snaptrade.answers[ACCOUNTS] = error
    with pytest.raises(type(error)):
        connections(snaptrade)
