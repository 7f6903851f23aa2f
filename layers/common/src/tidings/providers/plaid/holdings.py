"""Fetch holdings from Plaid: /investments/holdings/get, and /item/get for the stamp. Both are free.

The item is its own only source.
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence

from tidings.currencies import ONE, major_unit
from tidings.decimals import product
from tidings.errors import UnusableResponse
from tidings.holdings import NO_READINGS, Account, FetchedHoldings, StoredReadings
from tidings.model import Access
from tidings.providers import schema_types
from tidings.providers.plaid import client, status
from tidings.providers.plaid.errors import error_from_object
from tidings.providers.plaid.normalize import normalize_holdings
from tidings.providers.plaid.schemas import Account as PlaidAccount
from tidings.providers.plaid.schemas import Balances, Holding, HoldingsResponse, Security
from tidings.providers.readings import Row, judge_accounts
from tidings.providers.sweeps import count_funds_once

CALLS_PER_MINUTE = 2000
"""The limit on /investments/holdings/get (https://plaid.com/docs/errors/rate-limit-exceeded/).

The limit per item is 15 a minute; the cooldown keeps every user far below it.
"""

is_configured = client.is_configured

_INVESTMENT = frozenset({"investment", "brokerage"})


def expected_calls(accounts: Sequence[int]) -> int:
    """Return one call for each item."""
    return len(accounts)


def fetch(access: Access, source_id: str, deadline: float, stored: StoredReadings = NO_READINGS) -> FetchedHoldings:
    """Fetch the item's holdings. The stamp is read before them, so it is never too new; it may be missing."""
    access.count_calls(1)
    stamp = status.fetch_stamp(access, deadline)
    response = client.post(access.app, "/investments/holdings/get", {"access_token": access.credential}, deadline)
    parsed = schema_types.parse_payload(HoldingsResponse, response)
    _require_complete(parsed, source_id)
    held = schema_types.parse_rows(Holding, parsed.holdings)
    rows = _rows(parsed, held, source_id)
    if parsed.holdings and not rows:
        raise UnusableResponse("No row of Plaid's response can be read")
    dropped = _dropped(parsed, held)
    accounts = [_account(account, dropped) for account in parsed.accounts if _is_shown(account, rows)]
    is_stated = not parsed.is_investments_fallback_item
    holdings, judged = judge_accounts(accounts, rows, stored, has_institutions_totals=is_stated)
    return FetchedHoldings(holdings, judged, parsed.item.institution_name, stamp)


def _rows(parsed: HoldingsResponse, held: Sequence[Holding | None], source_id: str) -> Mapping[str, Sequence[Row]]:
    """Normalize the readable rows, by account."""
    unknown = Security.model_construct()
    securities = {security.security_id: security for security in parsed.securities} | {None: unknown}
    accounts = {account.account_id: account for account in parsed.accounts}
    rows: dict[str, list[Row]] = {}
    for holding in filter(None, held):
        security = securities.get(holding.security_id, unknown)
        account = accounts.get(holding.account_id)
        row = normalize_holdings(holding, security, account, source_id, parsed.item.institution_name)
        rows.setdefault(holding.account_id, []).append(row)
    return {account_id: count_funds_once(of_account, included=False) for account_id, of_account in rows.items()}


def _dropped(parsed: HoldingsResponse, held: Sequence[Holding | None]) -> Counter[str]:
    """Count the unreadable rows of each account; a row that names no account is counted with the first one."""
    names = (raw.get("account_id") for raw, row in zip(parsed.holdings, held, strict=True) if row is None)
    listed = [account.account_id for account in parsed.accounts]
    return Counter(name if name in listed else listed[0] for name in names if listed)


def _require_complete(response: HoldingsResponse, source_id: str) -> None:
    """Raise if the response is empty or incomplete (docs/protocol.md, rule 9).

    An item that is really empty still lists its investment accounts.
    """
    if response.item.error is not None:
        raise error_from_object(response.item.error)
    if response.item.item_id not in {None, source_id}:
        raise UnusableResponse("Plaid responded for another item")
    if not any(account.type in _INVESTMENT for account in response.accounts) and not response.holdings:
        raise UnusableResponse("Plaid's response has neither holdings nor an investment account")


def _is_shown(account: PlaidAccount, holders: Container[str]) -> bool:
    """Leave out the item's bank and loan accounts, unless they hold securities."""
    return account.type in _INVESTMENT or account.account_id in holders


def _account(account: PlaidAccount, dropped: Mapping[str, int]) -> Account:
    balances = account.balances or Balances.model_construct()
    code = balances.iso_currency_code or balances.unofficial_currency_code
    currency, unit = (None, ONE) if code is None else major_unit(code)
    return Account(
        account_id=account.account_id,
        name=account.name or account.official_name,
        type=account.subtype or account.type,
        mask=account.mask,
        institution_total=product(balances.current, unit),
        currency=currency,
        institution_account_id=account.persistent_account_id,
        margin_loan=product(balances.margin_loan_amount, unit),
        dropped_rows=dropped.get(account.account_id, 0),
    )
