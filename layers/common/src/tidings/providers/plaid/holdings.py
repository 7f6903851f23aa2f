"""Fetch holdings from Plaid: /investments/holdings/get, and /item/get for the stamp. Both are free.

The item is its own only source.
"""

from collections.abc import Sequence

from tidings.errors import UnusableResponse
from tidings.model import Access, Account, FetchedHoldings
from tidings.providers import schema_types
from tidings.providers.plaid import client, status
from tidings.providers.plaid.normalize import normalize_holdings
from tidings.providers.plaid.schemas import Account as PlaidAccount
from tidings.providers.plaid.schemas import Balances, HoldingsResponse, Security

CALLS_PER_MINUTE = 2000
"""The limit on /investments/holdings/get (https://plaid.com/docs/errors/rate-limit-exceeded/).

The limit per item is 15 a minute; the cooldown keeps every user far below it.
"""

is_configured = client.is_configured

_INVESTMENT = frozenset({"investment", "brokerage"})


def expected_calls(accounts: Sequence[int]) -> int:
    """Return one call for each item."""
    return len(accounts)


def fetch(access: Access, source_id: str, deadline: float) -> FetchedHoldings:
    """Fetch the item's holdings. The stamp is read before them, so it is never too new; it may be missing."""
    access.count_calls(1)
    stamp = status.fetch_stamp(access, deadline)
    response = client.post(access.app, "/investments/holdings/get", {"access_token": access.credential}, deadline)
    parsed = schema_types.parse_payload(HoldingsResponse, response)
    _require_complete(parsed, source_id)
    institution = parsed.item.institution_name
    securities = {security.security_id: security for security in parsed.securities}
    accounts = {account.account_id: account for account in parsed.accounts}
    holdings = tuple(
        normalize_holdings(
            holding,
            securities.get(holding.security_id, Security.model_construct()),
            accounts.get(holding.account_id),
            source_id,
            institution,
        )
        for holding in parsed.holdings
    )
    holders = {holding.account_id for holding in holdings}
    shown = tuple(_account(account) for account in parsed.accounts if _is_shown(account, holders))
    return FetchedHoldings(holdings, shown, institution, stamp)


def _require_complete(response: HoldingsResponse, source_id: str) -> None:
    """Raise if the response is empty or incomplete (docs/protocol.md, rule 9).

    An item that is really empty still lists its investment accounts.
    """
    if response.item.error is not None:
        raise client.error_from_code(response.item.error)
    if response.item.item_id not in {None, source_id}:
        raise UnusableResponse("Plaid responded for another item")
    if not any(account.type in _INVESTMENT for account in response.accounts) and not response.holdings:
        raise UnusableResponse("Plaid's response has neither holdings nor an investment account")


def _is_shown(account: PlaidAccount, holders: set[str]) -> bool:
    """Leave out the item's bank and loan accounts, unless they hold securities."""
    return account.type in _INVESTMENT or account.account_id in holders


def _account(account: PlaidAccount) -> Account:
    balances = account.balances or Balances.model_construct()
    return Account(
        account_id=account.account_id,
        name=account.name or account.official_name,
        type=account.subtype or account.type,
        mask=account.mask,
        institution_total=balances.current,
        currency=balances.iso_currency_code or balances.unofficial_currency_code,
    )
