"""SnapTrade's holdings: a connection's accounts, then each one's positions and balances, all side by side."""

from collections.abc import Sequence
from functools import partial

from tidings.concurrency import run_concurrently
from tidings.errors import ItemGone, NotOffered, ProviderNotReady, UnusableResponse
from tidings.http.timestamps import parse_instant
from tidings.model import Access, DiscoveredSource, FetchedHoldings, Holding, StatusChange
from tidings.model import Account as AccountSummary
from tidings.providers import schema_types
from tidings.providers.snaptrade import client
from tidings.providers.snaptrade.normalize import normalize_holdings
from tidings.providers.snaptrade.schemas import (
    Account,
    Accounts,
    Authorization,
    Authorizations,
    Balances,
    PositionsAnswer,
    Total,
)

CALLS_PER_MINUTE = 250
"""Of all calls together (https://docs.snaptrade.com/docs/rate-limiting)."""

_NOT_INVESTED = frozenset({"DEPOSIT", "LOC"})
_PARTS = ("positions/all", "balances")

is_configured = client.is_configured


def expected_calls(accounts: Sequence[int]) -> int:
    """The list of connections; then for each one its accounts, and their positions and balances."""
    return 1 + sum(1 + len(_PARTS) * count for count in accounts)


def discover(access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
    """The listed connections, and the known ones that the list misses but that exist: a list can lag or be empty."""
    listed = _listed(access, deadline)
    missing = [source_id for source_id in known if source_id not in {found.id for found in listed}]
    access.count_calls(len(missing))
    confirmed = run_concurrently([partial(_confirm, access, source_id, deadline) for source_id in missing])
    return [_discovered(found) for found in [*listed, *confirmed] if found is not None]


def _listed(access: Access, deadline: float) -> list[Authorization]:
    access.count_calls(1)
    try:
        answer = client.call_user(access, "GET", "/authorizations", deadline)
    except ItemGone:
        raise UnusableResponse("SnapTrade does not find the list of connections") from None
    return schema_types.parse_payload(Authorizations, {"items": answer}).items


def _confirm(access: Access, source_id: str, deadline: float) -> Authorization | None:
    """None only when SnapTrade itself says that there is no such connection (§4.7)."""
    try:
        answer = client.call_user(access, "GET", f"/authorizations/{client.segment(source_id)}", deadline)
    except ItemGone:
        return None
    return schema_types.parse_payload(Authorization, answer)


def _discovered(found: Authorization) -> DiscoveredSource:
    brokerage = found.brokerage
    institution = None if brokerage is None else brokerage.display_name or brokerage.name
    status = StatusChange("reconnect_required", "connection_disabled") if found.disabled else StatusChange("ok")
    return DiscoveredSource(found.id, institution, status)


def fetch(access: Access, source_id: str, deadline: float) -> FetchedHoldings:
    """All of the connection's investment accounts. The stamp is read before the positions, so it is never too new.

    An account marked `holdings_unavailable` is one that SnapTrade can't read, for good; it has no rows but a total.
    """
    try:
        accounts = _accounts(access, source_id, deadline)
        readable = [account for account in accounts if not account.sync.holdings_unavailable]
        if not readable:
            raise NotOffered("holdings_unavailable")
        holdings = tuple(_rows(access, readable, source_id, deadline))
    except ItemGone:
        # Only GET /authorizations/{id} can say that the connection is gone.
        raise UnusableResponse("SnapTrade does not find an account that it listed") from None
    if not holdings:
        _check_empty(readable)
    institution = next((account.institution_name for account in accounts if account.institution_name), None)
    return FetchedHoldings(holdings, tuple(map(_summary, accounts)), institution, read_stamp(accounts))


def list_accounts(access: Access, source_id: str, deadline: float) -> list[Account]:
    """All of a connection's accounts."""
    access.count_calls(1)
    path = f"/authorizations/{client.segment(source_id)}/accounts"
    return schema_types.parse_payload(Accounts, {"items": client.call_user(access, "GET", path, deadline)}).items


def _accounts(access: Access, source_id: str, deadline: float) -> list[Account]:
    listed = list_accounts(access, source_id, deadline)
    if not listed:
        raise UnusableResponse("SnapTrade lists no account of this connection")
    accounts = investment_accounts(listed)
    if not accounts:
        raise NotOffered("no_investment_accounts")
    for account in accounts:
        _check_sync(account)
    return accounts


def investment_accounts(listed: Sequence[Account]) -> list[Account]:
    """Without bank and credit accounts."""
    return [account for account in listed if account.account_category not in _NOT_INVESTED]


def _check_sync(account: Account) -> None:
    sync = account.sync
    if not sync.holdings_unavailable and sync.initial_sync_completed is False:
        raise ProviderNotReady("SnapTrade is still collecting an account's holdings", retry_after_s=60)


def _check_empty(accounts: Sequence[Account]) -> None:
    """§4.9: an empty portfolio is believed only if every account was really synchronised."""
    if not all(account.sync.initial_sync_completed for account in accounts):
        raise UnusableResponse("SnapTrade answered without holdings for an account that is not synchronised")


def _rows(access: Access, accounts: Sequence[Account], source_id: str, deadline: float) -> list[Holding]:
    paths = [f"/accounts/{client.segment(account.id)}/{part}" for account in accounts for part in _PARTS]
    access.count_calls(len(paths))
    answers = run_concurrently([partial(client.call_user, access, "GET", path, deadline) for path in paths])
    rows: list[Holding] = []
    for account, positions, balances in zip(accounts, answers[::2], answers[1::2], strict=True):
        held = schema_types.parse_payload(PositionsAnswer, positions)
        cash = schema_types.parse_payload(Balances, {"items": balances}).items
        as_of = held.data_freshness.as_of if held.data_freshness else None
        rows.extend(normalize_holdings(account, held.results, cash, as_of, source_id))
    return rows


def _summary(account: Account) -> AccountSummary:
    total = (account.balance.total if account.balance else None) or Total.model_construct()
    return AccountSummary(
        account_id=account.id,
        name=account.name,
        type=account.raw_type or account.account_category,
        mask=account.number and account.number[-4:],
        institution_total=total.amount,
        currency=total.currency,
        institution_account_id=account.institution_account_id,
        readable=not account.sync.holdings_unavailable,
    )


def read_stamp(accounts: Sequence[Account]) -> str | None:
    """When SnapTrade last synchronised any of them, by its own clock."""
    stamps = [account.sync.last_successful_sync for account in accounts]
    return max((stamp for stamp in stamps if stamp), key=lambda stamp: parse_instant(stamp) or 0, default=None)
