"""Fetch holdings from SnapTrade: a connection's accounts, then their positions and balances in parallel."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from tidings.concurrency import run_concurrently
from tidings.currencies import ONE, major_unit
from tidings.decimals import product
from tidings.errors import ItemGone, NotOffered, ProviderError, ProviderNotReady, UnusableResponse
from tidings.holdings import NO_READINGS, FetchedHoldings, StoredReadings
from tidings.holdings import Account as AccountSummary
from tidings.http.timestamps import parse_instant
from tidings.model import Access, DiscoveredSource, StatusChange
from tidings.providers import schema_types
from tidings.providers.readings import Row, judge_accounts
from tidings.providers.snaptrade import client
from tidings.providers.snaptrade.normalize import normalize_holdings
from tidings.providers.snaptrade.option_costs import judge_option_costs
from tidings.providers.snaptrade.schemas import (
    Account,
    Accounts,
    Authorization,
    Authorizations,
    Balance,
    Balances,
    Position,
    PositionsResponse,
    Total,
)

CALLS_PER_MINUTE = 250
"""The limit on all calls together (https://docs.snaptrade.com/docs/rate-limiting)."""

_BANK_CATEGORIES = frozenset({"DEPOSIT", "LOC"})
_ACCOUNT_PATHS = ("positions/all", "balances")
_ENDED = frozenset({"closed", "archived"})

is_configured = client.is_configured


def expected_calls(accounts: Sequence[int]) -> int:
    """Count one call for the list of connections, one for each connection's accounts, and two for each account."""
    return 1 + sum(1 + len(_ACCOUNT_PATHS) * count for count in accounts)


def discover(access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
    """List the connections, and the known ones that the list omits although they exist: it can lag or be empty."""
    listed = _list_connections(access, deadline)
    missing = [source_id for source_id in known if source_id not in {found.id for found in listed}]
    access.count_calls(len(missing))
    confirmed = run_concurrently([partial(_find_connection, access, source_id, deadline) for source_id in missing])
    return [_discovered(found) for found in [*listed, *confirmed] if found is not None]


def _list_connections(access: Access, deadline: float) -> list[Authorization]:
    access.count_calls(1)
    try:
        response = client.call_user(access, "GET", "/authorizations", deadline)
    except ItemGone:
        raise UnusableResponse("SnapTrade does not find the list of connections") from None
    return schema_types.parse_payload(Authorizations, {"items": response}).items


def _find_connection(access: Access, source_id: str, deadline: float) -> Authorization | None:
    """Get one connection. Returns None only if SnapTrade responses 404 for it (docs/protocol.md, rule 7)."""
    try:
        response = client.call_user(access, "GET", f"/authorizations/{client.segment(source_id)}", deadline)
    except ItemGone:
        return None
    return schema_types.parse_payload(Authorization, response)


def _discovered(found: Authorization) -> DiscoveredSource:
    brokerage = found.brokerage
    institution = None if brokerage is None else brokerage.display_name or brokerage.name
    status = StatusChange("reconnect_required", "connection_disabled") if found.disabled else StatusChange("ok")
    return DiscoveredSource(found.id, institution, status)


def fetch(access: Access, source_id: str, deadline: float, stored: StoredReadings = NO_READINGS) -> FetchedHoldings:
    """Fetch all the connection's investment accounts. The stamp is read before the positions, so it is never too new.

    An account with `holdings_unavailable`, or whose own calls SnapTrade refuses for good, has a total but no rows.
    """
    accounts = _list_investment_accounts(access, source_id, deadline)
    readable = [account for account in accounts if not account.sync.holdings_unavailable]
    if not readable:
        raise NotOffered("holdings_unavailable")
    fetched = _fetch_rows(access, readable, source_id, deadline)
    read = {account.id: rows for account, rows in zip(readable, fetched, strict=True)}
    _require_any(readable, read)
    found = {account_id: result for account_id, result in read.items() if isinstance(result, _AccountRows)}
    summaries = [_summary(account, found.get(account.id)) for account in accounts]
    holdings, judged = judge_accounts(summaries, {name: result.rows for name, result in found.items()}, stored)
    if not holdings:
        _require_synchronized([account for account in readable if account.id in found])
    institution = next((account.institution_name for account in accounts if account.institution_name), None)
    return FetchedHoldings(judge_option_costs(holdings), judged, institution, read_stamp(accounts))


def list_accounts(access: Access, source_id: str, deadline: float) -> list[Account]:
    """List all accounts of a connection."""
    access.count_calls(1)
    path = f"/authorizations/{client.segment(source_id)}/accounts"
    return schema_types.parse_payload(Accounts, {"items": client.call_user(access, "GET", path, deadline)}).items


def _list_investment_accounts(access: Access, source_id: str, deadline: float) -> list[Account]:
    try:
        listed = list_accounts(access, source_id, deadline)
    except ItemGone:
        # Only GET /authorizations/{id} can confirm that the connection is gone, so this 404 must not remove it.
        raise UnusableResponse("SnapTrade does not find the connection's accounts") from None
    if not listed:
        raise UnusableResponse("SnapTrade lists no account of this connection")
    accounts = investment_accounts(listed)
    if not accounts:
        raise NotOffered("no_investment_accounts")
    for account in accounts:
        if account.status not in _ENDED:
            _require_first_sync(account)
    return accounts


def investment_accounts(listed: Sequence[Account]) -> list[Account]:
    """Leave out bank and credit accounts."""
    return [account for account in listed if account.account_category not in _BANK_CATEGORIES]


def _require_first_sync(account: Account) -> None:
    sync = account.sync
    if not sync.holdings_unavailable and sync.initial_sync_completed is False:
        raise ProviderNotReady("SnapTrade is still collecting an account's holdings", retry_after_s=60)


def _require_synchronized(accounts: Sequence[Account]) -> None:
    """Raise UnusableResponse unless every account is synchronized (docs/protocol.md, rule 9)."""
    if not all(account.sync.initial_sync_completed for account in accounts):
        raise UnusableResponse("SnapTrade responded without holdings for an account that is not synchronized")


class _AccountRows(NamedTuple):
    """The readable rows of an account, and the number of those that can't be read."""

    rows: Sequence[Row]
    dropped: int


def _fetch_rows(
    access: Access, accounts: Sequence[Account], source_id: str, deadline: float
) -> Sequence[_AccountRows | ProviderError]:
    """Fetch the rows of each account, or the error with which SnapTrade refuses its calls for good."""
    paths = [f"/accounts/{client.segment(account.id)}/{part}" for account in accounts for part in _ACCOUNT_PATHS]
    access.count_calls(len(paths))
    responses = run_concurrently([partial(_call_account, access, path, deadline) for path in paths])
    pairs = zip(accounts, responses[::2], responses[1::2], strict=True)
    return [_result(account, positions, balances, source_id) for account, positions, balances in pairs]


def _result(account: Account, positions: object, balances: object, source_id: str) -> _AccountRows | ProviderError:
    for response in (positions, balances):
        if isinstance(response, ProviderError):
            return response
    return _rows(account, positions, balances, source_id)


def _call_account(access: Access, path: str, deadline: float) -> object:
    """Return the response, or the error if SnapTrade refuses the call for good. Raises every error that may pass."""
    try:
        return client.call_user(access, "GET", path, deadline)
    except ProviderError as error:
        if error.is_final:
            return error
        raise _of_account(error) from None


def _of_account(error: ProviderError) -> ProviderError:
    """Only GET /authorizations/{id} can confirm that a connection is gone, so an account's 404 must not remove it."""
    return (
        UnusableResponse("SnapTrade does not find an account that it listed") if isinstance(error, ItemGone) else error
    )


def _rows(account: Account, positions: object, balances: object, source_id: str) -> _AccountRows:
    held = schema_types.parse_payload(PositionsResponse, positions)
    stated = schema_types.parse_payload(Balances, {"items": balances}).items
    read = schema_types.parse_rows(Position, held.results)
    cash = schema_types.parse_rows(Balance, stated)
    dropped = read.count(None) + cash.count(None)
    if dropped and dropped == len(held.results) + len(stated):
        raise UnusableResponse("No row of an account can be read")
    as_of = held.data_freshness.as_of if held.data_freshness else None
    rows = normalize_holdings(account, list(filter(None, read)), filter(None, cash), as_of, source_id)
    return _AccountRows(rows, dropped)


def _require_any(accounts: Sequence[Account], read: Mapping[str, _AccountRows | ProviderError]) -> None:
    """Raise the first refusal if every account is refused, those aside that their broker closed."""
    results = [read[account.id] for account in accounts if account.status not in _ENDED]
    refusals = [result for result in results if isinstance(result, ProviderError)]
    if refusals and len(refusals) == len(results):
        raise _of_account(refusals[0])


def _summary(account: Account, read: _AccountRows | None) -> AccountSummary:
    total = (account.balance.total if account.balance else None) or Total.model_construct()
    currency, unit = (None, ONE) if total.currency is None else major_unit(total.currency)
    return AccountSummary(
        account_id=account.id,
        name=account.name,
        type=account.raw_type or account.account_category,
        mask=account.number and account.number[-4:],
        institution_total=product(total.amount, unit),
        currency=currency,
        institution_account_id=account.institution_account_id,
        readable=read is not None,
        status=account.status,
        is_paper=bool(account.is_paper),
        dropped_rows=read.dropped if read else 0,
    )


def read_stamp(accounts: Sequence[Account]) -> str | None:
    """Return when SnapTrade last synchronized any of the accounts, by SnapTrade's clock."""
    stamps = [account.sync.last_successful_sync for account in accounts]
    return max(filter(None, stamps), key=lambda stamp: parse_instant(stamp) or 0, default=None)
