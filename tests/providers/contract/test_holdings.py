"""Fetching from the simulators: what comes, and how every kind of failure ends."""

import time
from decimal import Decimal

import pytest

from tests.providers.contract.conftest import DATA_PATHS, Rig
from tidings import providers
from tidings.errors import (
    NotOffered,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ProviderTimeout,
    ReconnectRequired,
    UnusableResponse,
)
from tidings.holdings import Option
from tidings.model import Access
from tidings.providers.snaptrade import client

RIGS_AND_PATHS = [(name, path) for name, paths in DATA_PATHS.items() for path in paths]
each_call = pytest.mark.parametrize(("rig", "path"), RIGS_AND_PATHS, indirect=["rig"])


def test_fetched_portfolio_is_complete_and_exact(rig: Rig) -> None:
    fetched = rig.fetch()
    assert len(fetched.holdings) >= 8
    for row in fetched.holdings:
        assert (row.provider, row.source_id) == (rig.name, rig.source_id)
        assert row.institution
        assert row.account_name
        assert row.price is not None
        assert row.quantity is not None
        assert row.value == row.quantity * row.price
        assert row.is_cash == (row.ticker or "").startswith("CUR:")
    assert {row.account_id for row in fetched.holdings} == {account.account_id for account in fetched.accounts}
    option = next(row for row in fetched.holdings if row.option)
    assert option.option == Option("AAPL", "call", Decimal(300), "2028-01-21", Decimal(2), Decimal(100), "AAPL")
    assert (option.ticker, option.value, option.cost_basis) == ("AAPL280121C00300000", Decimal(4270), Decimal(3610))


def test_sum_of_account_rows_equals_institution_total(rig: Rig) -> None:
    """So nothing is lost and no money-market fund counted twice."""
    fetched = rig.fetch()
    for account in fetched.accounts:
        rows = [row for row in fetched.holdings if (row.account_id, row.currency) == (account.account_id, "USD")]
        assert account.institution_total is not None
        assert abs(sum(row.value or 0 for row in rows) - account.institution_total) < Decimal("0.01")


def test_trade_changes_fetched_quantity(rig: Rig) -> None:
    before, _, after = rig.fetch(), rig.control("trade", ticker="AAPL", quantity="1.25"), rig.fetch()
    held = [sum(row.quantity or 0 for row in one.holdings if row.ticker == "AAPL") for one in (before, after)]
    assert held[1] - held[0] == Decimal("1.25")


def test_linked_snaptrade_connection_is_discovered(snaptrade: Rig) -> None:
    found = providers.source_lister("snaptrade").discover(
        snaptrade.access, [snaptrade.source_id], time.monotonic() + 60
    )
    assert [one.source_id for one in found] == [snaptrade.source_id]


def test_fetch_returns_ten_thousand_positions(rig: Rig) -> None:
    rig.control("positions", count=10_000)
    assert len([row for row in rig.fetch(20.0).holdings if not row.is_cash]) == 10_000


def test_empty_source_has_no_holdings(rig: Rig) -> None:
    rig.control("positions", count=0)
    assert not [row for row in rig.fetch().holdings if not row.is_cash]


@each_call
@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 503}),
        ("status", {"status": 404, "body": "<html>"}),
        ("malformed", {}),
        ("malformed", {"body": "<html></html>"}),
        ("malformed", {"body": '{"results": NaN}'}),
        ("malformed", {"body": "[[]]"}),
        ("malformed", {"body": "{}"}),
        ("truncated", {}),
        ("redirect", {}),
        ("close", {}),
    ],
)
def test_outage_raises_provider_error_instead_of_empty_portfolio(
    rig: Rig, path: str, kind: str, order: dict[str, object]
) -> None:
    rig.fault(path, kind, times=1, **order)
    with pytest.raises(ProviderError) as failure:
        rig.fetch()
    assert failure.value.status == 502
    assert rig.access.credential not in f"{failure.value!r}"
    assert rig.simulators.calls(rig.name, "/redirected") == []
    assert rig.fetch().holdings


@each_call
@pytest.mark.parametrize(("kind", "delay_s"), [("delay", 30.0), ("trickle", 0.1)])
def test_slow_provider_times_out_at_the_deadline(rig: Rig, path: str, kind: str, delay_s: float) -> None:
    rig.fault(path, kind, delay_s=delay_s, times=1)
    with pytest.raises(ProviderTimeout):
        rig.fetch(within_s=0.5)


@each_call
def test_provider_limit_has_its_retry_seconds(rig: Rig, path: str) -> None:
    body = {"error_type": "RATE_LIMIT_EXCEEDED", "error_code": "RATE_LIMIT", "detail": "throttled", "code": "0000"}
    rig.fault(path, "error", status=429, body=body, headers={"retry-after": "42"}, times=1)
    with pytest.raises(ProviderLimit) as limit:
        rig.fetch()
    assert limit.value.retry_after_s == 42


def test_snaptrade_limit_header_sets_retry_seconds(snaptrade: Rig) -> None:
    snaptrade.fault(
        "/accounts", "error", status=429, body={"code": "0000"}, headers={"X-RateLimit-Reset": "9"}, times=1
    )
    with pytest.raises(ProviderLimit) as limit:
        snaptrade.fetch()
    assert limit.value.retry_after_s == 9


def test_response_without_accounts_is_unusable(snaptrade: Rig) -> None:
    snaptrade.fault("/authorizations", "malformed", body="[]", times=1)
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


def test_broken_plaid_login_requires_reconnect(plaid: Rig) -> None:
    plaid.control("break")
    with pytest.raises(ReconnectRequired):
        plaid.fetch()
    plaid.control("repair")
    assert plaid.fetch().holdings


def test_broken_snaptrade_connection_is_discovered_as_reconnect_required(snaptrade: Rig) -> None:
    snaptrade.control("break")
    (found,) = providers.source_lister("snaptrade").discover(snaptrade.access, [], time.monotonic() + 60)
    assert found.status is not None
    assert found.status.status == "reconnect_required"


def test_wrong_snaptrade_secret_requires_reconnect_and_wrong_key_is_misconfigured(snaptrade: Rig) -> None:
    reader = providers.holdings_reader("snaptrade")
    wrong_secret = Access(snaptrade.access.app, snaptrade.access.item_id, "wrong")
    wrong_key = Access({**snaptrade.access.app, "consumer_key": "wrong"}, snaptrade.access.item_id, "wrong")
    with pytest.raises(ReconnectRequired) as lost:
        reader.fetch(wrong_secret, snaptrade.source_id, time.monotonic() + 60)
    assert lost.value.reason == "credential_lost"
    with pytest.raises(ProviderMisconfigured):
        reader.fetch(wrong_key, snaptrade.source_id, time.monotonic() + 60)


def test_wrong_plaid_keys_are_misconfigured(plaid: Rig) -> None:
    wrong = Access({"client_id": "sim-plaid-client", "secret": "wrong"}, plaid.source_id, plaid.access.credential)
    with pytest.raises(ProviderMisconfigured):
        providers.holdings_reader("plaid").fetch(wrong, plaid.source_id, time.monotonic() + 60)


def test_snaptrade_before_first_sync_is_not_ready(snaptrade: Rig) -> None:
    snaptrade.control("sync_status", initial_sync_completed=False)
    with pytest.raises(ProviderNotReady):
        snaptrade.fetch()


def test_snaptrade_with_unavailable_holdings_raises_not_offered(snaptrade: Rig) -> None:
    snaptrade.control("sync_status", holdings_unavailable=True)
    with pytest.raises(NotOffered):
        snaptrade.fetch()


def test_discovery_drops_deleted_connection_but_not_one_missing_in_a_stale_list(snaptrade: Rig) -> None:
    reader = providers.source_lister("snaptrade")
    snaptrade.fault("/authorizations", "malformed", body="[]", times=1)
    found = reader.discover(snaptrade.access, [snaptrade.source_id], time.monotonic() + 60)
    assert [one.source_id for one in found] == [snaptrade.source_id]
    providers.connection_remover("snaptrade").remove_connection(
        snaptrade.access, snaptrade.source_id, time.monotonic() + 60
    )
    assert reader.discover(snaptrade.access, [snaptrade.source_id], time.monotonic() + 60) == []


@pytest.mark.parametrize("path", ["/holdings", "/accounts/1/positions", "/accounts/1/holdings"])
def test_retired_snaptrade_call_is_misconfigured(snaptrade: Rig, path: str) -> None:
    with pytest.raises(ProviderMisconfigured):
        client.call_user(snaptrade.access, "GET", path, time.monotonic() + 60)


def test_fetch_makes_no_retired_snaptrade_calls(snaptrade: Rig) -> None:
    snaptrade.fetch()
    paths = {call["path"] for call in snaptrade.simulators.calls("snaptrade")}
    assert {path.rpartition("/")[2] for path in paths} == {"accounts", "all", "balances"}
