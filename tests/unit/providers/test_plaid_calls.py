"""Which calls a fetch and a status check make at Plaid, and what they take from responses that lack something."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.fakes.product_modules import replace_in_product
from tests.unit.providers.plaid_answers import ACCOUNT, HOLDING, HOLDINGS_GET, ITEM, ITEM_GET, SECURITY, STAMP, Plaid
from tidings.errors import ProviderError, ProviderTimeout, UnusableResponse
from tidings.model import DiscoveredSource, StatusChange
from tidings.providers.plaid import holdings, status

BANK = {"account_id": "bank", "name": "Checking", "type": "depository"}


def test_fetch_reads_stamp_before_holdings_and_counts_one_call(plaid: Plaid) -> None:
    fetched = plaid.fetch(deadline=5.0)
    credential = {"access_token": "access-token"}
    assert plaid.calls == [(ITEM_GET, credential, 5.0), (HOLDINGS_GET, credential, 5.0)]
    assert (plaid.counted, fetched.provider_stamp) == ([1], STAMP)


def test_stamp_takes_three_seconds_at_most(plaid: Plaid, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
    for deadline in (102.0, 109.0):
        plaid.fetch(deadline=deadline)
    assert [until for path, _, until in plaid.calls if path == ITEM_GET] == [102.0, 103.0]


@pytest.mark.parametrize("error", [ProviderError(), ProviderTimeout()])
def test_holdings_come_without_a_stamp_that_cannot_be_read(plaid: Plaid, error: ProviderError) -> None:
    plaid.answers[ITEM_GET] = error
    fetched = plaid.fetch()
    assert (fetched.provider_stamp, len(fetched.holdings)) == (None, 1)


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"status": None},
        {"status": "ok"},
        {"status": {}},
        {"status": {"investments": None}},
        {"status": {"investments": "ok"}},
        {"status": {"investments": {}}},
        {"status": {"investments": {"last_successful_update": 5}}},
        {"status": {"investments": {"last_successful_update": ""}}},
    ],
)
def test_response_without_update_time_has_no_stamp(response: dict[str, object]) -> None:
    assert status.read_stamp(response) is None


def test_status_check_makes_one_counted_call(plaid: Plaid) -> None:
    assert plaid.check() == DiscoveredSource("item-1", "Platypus", StatusChange("ok"), STAMP)
    assert (plaid.calls, plaid.counted) == ([(ITEM_GET, {"access_token": "access-token"}, 7.0)], [1])
    assert sum(plaid.counted) == status.CALLS_PER_CHECK


def test_fetches_and_status_checks_share_limit_on_items(plaid: Plaid) -> None:
    """https://plaid.com/docs/errors/rate-limit-exceeded/"""
    plaid.fetch()
    plaid.check()
    assert [path for path, *_ in plaid.calls] == [ITEM_GET, HOLDINGS_GET, ITEM_GET]
    assert holdings.CALLS_PER_MINUTE == 2000
    assert status.CALLS_PER_MINUTE + holdings.CALLS_PER_MINUTE == 5000


def test_weekend_without_update_is_no_silence(plaid: Plaid) -> None:
    friday, monday = (datetime(2026, month, day, 16, tzinfo=UTC) for month, day in ((2, 27), (3, 2)))
    stamp = friday.isoformat()
    assert plaid.check(status={"investments": {"last_successful_update": stamp}}).stamp == stamp
    assert friday + timedelta(hours=status.MAX_SILENCE_HOURS) == monday + timedelta(hours=2)


@pytest.mark.parametrize("item", [None, "item", {"item_id": "other"}])
def test_status_of_other_item_is_refused(plaid: Plaid, item: object) -> None:
    with pytest.raises(UnusableResponse):
        plaid.check(item=item)


def test_status_needs_neither_item_id_nor_institution(plaid: Plaid) -> None:
    assert plaid.check(item={"institution_name": 5}) == DiscoveredSource("item-1", None, StatusChange("ok"), STAMP)


def test_status_of_broken_login_is_reconnect(plaid: Plaid) -> None:
    error = {"error_type": "ITEM_ERROR", "error_code": "ITEM_LOGIN_REQUIRED", "error_message": "x"}
    found = plaid.check(item=ITEM | {"error": error}).status
    assert found
    assert (found.status, found.reason) == ("reconnect_required", "item_login_required")


def test_row_without_security_takes_none_without_id(plaid: Plaid) -> None:
    fetched = plaid.fetch(
        holdings=[HOLDING | {"security_id": None}],
        securities=[SECURITY | {"security_id": ""}, SECURITY | {"security_id": None}],
    )
    assert fetched.holdings[0].ticker != "AAPL"


def test_bank_account_is_shown_only_with_holdings(plaid: Plaid) -> None:
    assert [one.account_id for one in plaid.fetch(accounts=[BANK, ACCOUNT]).accounts] == ["acc-1"]
    held = plaid.fetch(accounts=[BANK], holdings=[HOLDING | {"account_id": "bank"}])
    assert [one.account_id for one in held.accounts] == ["bank"]


def test_empty_investment_account_is_shown(plaid: Plaid) -> None:
    fetched = plaid.fetch(accounts=[ACCOUNT, ACCOUNT | {"account_id": "empty", "type": "brokerage"}])
    assert [one.account_id for one in fetched.accounts] == ["acc-1", "empty"]


@pytest.mark.parametrize("order", [1, -1])
def test_unreadable_rows_count_at_their_account_or_the_first(plaid: Plaid, order: int) -> None:
    accounts = [ACCOUNT, ACCOUNT | {"account_id": "second"}][::order]
    broken = [{"account_id": name, "quantity": "?"} for name in ("second", "second", "unlisted")]
    fetched = plaid.fetch(accounts=accounts, holdings=[HOLDING, *broken, {"quantity": "?"}])
    dropped = {one.account_id: one.dropped_rows for one in fetched.accounts}
    assert dropped == ({"acc-1": 2, "second": 2} if order == 1 else {"acc-1": 0, "second": 4})


def test_unreadable_row_without_any_account_is_left_out(plaid: Plaid) -> None:
    fetched = plaid.fetch(accounts=[], holdings=[HOLDING, {"quantity": "?"}])
    assert (len(fetched.holdings), fetched.accounts) == (1, ())


def test_account_takes_its_second_names_and_own_id(plaid: Plaid) -> None:
    bare = {"account_id": "acc-1", "official_name": "Individual", "type": "investment", "persistent_account_id": "own"}
    [account] = plaid.fetch(accounts=[bare]).accounts
    assert (account.name, account.type, account.institution_account_id) == ("Individual", "investment", "own")
    assert (account.institution_total, account.currency, account.margin_loan) == (None, None, None)
