"""Plaid's holdings: /investments/holdings/get, and /item/get for their date; both are free. The item is the source."""

from collections.abc import Sequence

from tidings.errors import UnusableResponse
from tidings.model import Access, Account, FetchedHoldings
from tidings.providers import schema_types
from tidings.providers.plaid import client, status
from tidings.providers.plaid.normalize import normalize_holdings
from tidings.providers.plaid.schemas import Account as PlaidAccount
from tidings.providers.plaid.schemas import Balances, HoldingsAnswer, Security

CALLS_PER_MINUTE = 2000
"""Of /investments/holdings/get (https://plaid.com/docs/errors/rate-limit-exceeded/). Per item it is 15 a minute, which
no user's cooldown comes near."""

is_configured = client.is_configured

_INVESTMENT = frozenset({"investment", "brokerage"})


def expected_calls(accounts: Sequence[int]) -> int:
    return len(accounts)


def fetch(access: Access, source_id: str, deadline: float) -> FetchedHoldings:
    """The stamp is read before the holdings, so it is never too new; without it the holdings are as good."""
    access.count_calls(1)
    stamp = status.stamp_or_none(access, deadline)
    answer = client.post(access.app, "/investments/holdings/get", {"access_token": access.credential}, deadline)
    parsed = schema_types.parse_payload(HoldingsAnswer, answer)
    _check(parsed, source_id)
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


def _check(answer: HoldingsAnswer, source_id: str) -> None:
    """§4.9. An item that is really empty still lists its investment accounts."""
    if answer.item.error is not None:
        raise client.error_from_code(answer.item.error)
    if answer.item.item_id not in {None, source_id}:
        raise UnusableResponse("Plaid answered for another item")
    if not any(account.type in _INVESTMENT for account in answer.accounts) and not answer.holdings:
        raise UnusableResponse("Plaid's answer has neither holdings nor an investment account")


def _is_shown(account: PlaidAccount, holders: set[str]) -> bool:
    """The item's bank and loan accounts hold nothing of ours."""
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
