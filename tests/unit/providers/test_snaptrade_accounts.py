"""Which of SnapTrade's accounts and responses are believed."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.providers.snaptrade_answers import ACCOUNTS, SnapTrade, account, balance, position
from tidings.errors import (
    ItemGone,
    NotOffered,
    ProviderError,
    ProviderNotReady,
    ReconnectRequired,
    UnusableResponse,
)
from tidings.http.client import HttpResponse
from tidings.providers.snaptrade import client


def test_account_keeps_its_status_and_paper_mark(snaptrade: SnapTrade) -> None:
    paper = account(2, is_paper=True, institution_account_id="77")
    snaptrade.list_accounts(account(1, status="archived"), paper)
    first, second = snaptrade.fetch().accounts
    assert (first.status, first.is_paper, second.is_paper) == ("archived", False, True)
    assert second.institution_account_id == "77"


def refusal(status: int, code: str | None = "1011") -> ProviderError:
    body = {"detail": "Not found", "code": code} if code else None
    return client.error_from_response(HttpResponse(status, {}, body), for_user=True)


@pytest.mark.parametrize("part", ["positions/all", "balances"])
@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_account_that_is_refused_for_good_cannot_be_read(snaptrade: SnapTrade, part: str, status: int) -> None:
    snaptrade.list_accounts(account(1), account(2, status="closed"))
    snaptrade.positions([position()])
    snaptrade.answers[f"/accounts/acc-2/{part}"] = refusal(status)
    fetched = snaptrade.fetch()
    assert [row.account_id for row in fetched.holdings] == ["acc-1"]
    assert [summary.readable for summary in fetched.accounts] == [True, False]
    assert fetched.accounts[1].institution_total == Decimal("4911.25")


@pytest.mark.parametrize(("status", "code"), [(500, "1000"), (429, "0000"), (425, "3012"), (404, None), (403, None)])
def test_passing_error_of_one_account_fails_the_source(snaptrade: SnapTrade, status: int, code: str | None) -> None:
    snaptrade.list_accounts(account(1), account(2))
    snaptrade.answers["/accounts/acc-2/positions/all"] = refusal(status, code)
    with pytest.raises(ProviderError):
        snaptrade.fetch()


def test_connection_whose_only_account_is_closed_is_read(snaptrade: SnapTrade) -> None:
    snaptrade.list_accounts(account(status="closed"))
    snaptrade.answers["/accounts/acc-1/positions/all"] = refusal(404)
    fetched = snaptrade.fetch()
    assert (fetched.holdings, fetched.accounts[0].readable) == ((), False)


def test_connection_of_which_every_account_is_refused_fails(snaptrade: SnapTrade) -> None:
    snaptrade.answers["/accounts/acc-1/positions/all"] = refusal(404)
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


@pytest.mark.parametrize(
    "odd", [{"instrument": None, "units": "1"}, position(price=""), position(price="N/A"), position(units="1,234")]
)
def test_one_odd_position_is_dropped_and_counted(snaptrade: SnapTrade, odd: dict[str, Any]) -> None:
    snaptrade.positions([position(), odd])
    fetched = snaptrade.fetch()
    assert len(fetched.holdings) == 1
    assert fetched.accounts[0].dropped_rows == 1


def test_unreadable_cost_is_unknown(snaptrade: SnapTrade) -> None:
    snaptrade.positions([position(cost_basis="N/A")])
    (row,) = snaptrade.rows()
    assert (row.cost_basis, row.value) == (None, Decimal("1561.875"))


def test_unreadable_balance_and_total_are_unknown(snaptrade: SnapTrade) -> None:
    snaptrade.list_accounts(account(balance={"total": {"amount": "?"}}))
    snaptrade.positions([position()])
    snaptrade.balances([{"currency": "USD", "cash": "lots"}])
    (summary,) = snaptrade.fetch().accounts
    assert (summary.institution_total, summary.dropped_rows) == (None, 1)


def test_all_accounts_are_fetched_and_newest_stamp_kept(snaptrade: SnapTrade) -> None:
    listed = [account(number) for number in (1, 3, 2)]
    snaptrade.list_accounts(*listed, positions=[position()], balances=[balance("USD", "1")])
    fetched = snaptrade.fetch()
    assert [row.account_id for row in fetched.holdings] == ["acc-1", "acc-1", "acc-3", "acc-3", "acc-2", "acc-2"]
    assert fetched.provider_stamp == "2026-02-13 10:00:00+00:00"


def test_failed_account_fails_source(snaptrade: SnapTrade) -> None:
    snaptrade.list_accounts(account(1), account(2))
    snaptrade.positions([position()])
    for failure in (ReconnectRequired("connection_disabled"), ProviderNotReady()):
        snaptrade.answers["/accounts/acc-2/positions/all"] = failure
        with pytest.raises(type(failure)):
            snaptrade.fetch()


@pytest.mark.parametrize("path", [ACCOUNTS, "/accounts/acc-1/positions/all"])
def test_nested_404_does_not_mean_connection_gone(snaptrade: SnapTrade, path: str) -> None:
    snaptrade.answers[path] = ItemGone()
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


def sync(**fields: object) -> dict[str, Any]:
    return {"sync_status": {"holdings": fields}}


def test_truly_empty_snaptrade_account_is_accepted(snaptrade: SnapTrade) -> None:
    assert snaptrade.rows() == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (sync(initial_sync_completed=False), ProviderNotReady),
        (sync(initial_sync_completed=None), UnusableResponse),
        ({"sync_status": None}, UnusableResponse),
        (sync(initial_sync_completed=True, holdings_unavailable=True), NotOffered),
    ],
)
def test_incomplete_empty_response_is_rejected(
    snaptrade: SnapTrade, fields: dict[str, Any], error: type[Exception]
) -> None:
    snaptrade.list_accounts(account(**fields))
    with pytest.raises(error):
        snaptrade.fetch()


@pytest.mark.parametrize("last_sync", [None, "2026-02-11 10:00:00"])
def test_unreadable_account_is_listed_with_total(snaptrade: SnapTrade, last_sync: str | None) -> None:
    """SnapTrade's own description: the fields of its sync may still reflect an earlier one."""
    never = sync(initial_sync_completed=True, holdings_unavailable=True, last_successful_sync=last_sync)
    snaptrade.answers[ACCOUNTS] = [account(1), account(2, **never)]
    snaptrade.positions([position()])
    fetched = snaptrade.fetch()
    assert {row.account_id for row in fetched.holdings} == {"acc-1"}
    assert [(summary.account_id, summary.readable) for summary in fetched.accounts] == [
        ("acc-1", True),
        ("acc-2", False),
    ]


def test_snaptrade_bank_accounts_are_excluded(snaptrade: SnapTrade) -> None:
    bank, credit = account(2, account_category="DEPOSIT"), account(3, account_category="LOC")
    snaptrade.answers[ACCOUNTS] = [account(1, account_category=None), bank, credit]
    snaptrade.positions([position()])
    assert [summary.account_id for summary in snaptrade.fetch().accounts] == ["acc-1"]
    snaptrade.answers[ACCOUNTS] = [bank, credit]
    with pytest.raises(NotOffered):
        snaptrade.fetch()


@pytest.mark.parametrize("answer", [[], None, {}, "x", [{"name": "no id"}]])
def test_unusable_account_list_is_rejected(snaptrade: SnapTrade, answer: object) -> None:
    snaptrade.answers[ACCOUNTS] = answer
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/accounts/acc-1/positions/all", {"data_freshness": {}}),
        ("/accounts/acc-1/positions/all", {"results": None}),
        ("/accounts/acc-1/positions/all", []),
        ("/accounts/acc-1/positions/all", {"results": [{"units": "1"}]}),
        ("/accounts/acc-1/positions/all", {"results": [position(units="many")]}),
        ("/accounts/acc-1/balances", None),
        ("/accounts/acc-1/balances", {"detail": "x"}),
        ("/accounts/acc-1/balances", ["USD"]),
    ],
)
def test_unusable_part_fails_source(snaptrade: SnapTrade, path: str, answer: object) -> None:
    snaptrade.positions([position()])
    snaptrade.answers[path] = answer
    with pytest.raises(UnusableResponse):
        snaptrade.fetch()


@pytest.mark.parametrize("order", [1, -1])
def test_empty_connection_is_believed_only_if_every_account_is_synchronized(snaptrade: SnapTrade, order: int) -> None:
    unknown = {"holdings": {"initial_sync_completed": None, "last_successful_sync": None}}
    listed = [account(1), account(2, sync_status=unknown)][::order]
    snaptrade.list_accounts(*listed)
    with pytest.raises(UnusableResponse, match="not synchronized"):
        snaptrade.fetch()
    snaptrade.answers[ACCOUNTS] = [account(1), account(2)]
    assert snaptrade.rows() == []
