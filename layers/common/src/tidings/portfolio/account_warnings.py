"""Say in words what a user should know about the accounts."""

from collections.abc import Iterable
from decimal import Decimal

from tidings import clock
from tidings.decimals import difference
from tidings.portfolio import residuals
from tidings.portfolio.account_holdings import AccountHoldings
from tidings.portfolio.placeholders import Placeholder

_ENDED = frozenset({"closed", "archived"})
_PROVIDERS = {"plaid": "Plaid", "snaptrade": "SnapTrade"}


def describe_repeated(held: AccountHoldings, counted: AccountHoldings) -> str:
    """Say that two sources show one account, and which of them counts."""
    one, other = _source(held), _source(counted)
    if one == other:
        return f"{name_account(held)} is linked twice through {one}: counted once, with the newer data."
    return f"{name_account(held)} is linked through {one} and {other}: counted once, from {other}."


def describe_unreadable(held: AccountHoldings) -> str | None:
    """Say that an account cannot be read, and what is shown instead. Nothing is missing from a closed, empty one."""
    account = held.account
    if account.status in _ENDED and not account.institution_total and not held.holdings:
        return None
    since = clock.iso(account.rows_from)
    shown = f"what it held on {since[:10]} is shown" if since else "only its total is known"
    why = f"is {account.status}" if account.status in _ENDED else f"can't be read through {_source(held)}"
    return f"{name_account(held)} {why}: {shown}."


def describe_placeholder(placeholder: Placeholder) -> str:
    """Say that a row stands for another account, and is not counted again."""
    row = placeholder.holding
    named = f' "{row.name}"' if row.name else ""
    return (
        f"{name_account(placeholder.holder)} lists{named} with {_amount(row.value, row.currency)}, "
        f"which is all of {name_account(placeholder.account)}: counted once, in that account."
    )


def describe_residual(held: AccountHoldings) -> str | None:
    """Say how far an account's total and its holdings are apart, or return None if that is not worth a warning."""
    account, apart = held.account, held.residual
    is_notable = residuals.is_notable(apart, account.institution_total)
    if account.dropped_rows:
        return f"{_dropped(held)}{_worth(apart, account.currency)}"
    if apart is None or account.institution_total is None or not is_notable:
        return None
    explanation = held.residual_explanation
    if explanation == "unvested":
        return f"{name_account(held)} includes {_amount(apart, account.currency)} that is not vested: not counted here."
    stated, shown = account.institution_total, difference(account.institution_total, apart)
    figures = (
        f"{name_account(held)} has a total of {_amount(stated, account.currency)}, "
        f"but its holdings come to {_amount(shown, account.currency)}"
    )
    if explanation == "margin_loan":
        return f"{figures}: the difference of {_amount(abs(apart), account.currency)} is its margin loan."
    return f"{figures}, a difference of {_amount(abs(apart), account.currency)}{_unvested(held)}."


def name_account(held: AccountHoldings) -> str:
    """Name an account by its own name, last digits and institution, as far as they are known."""
    account = held.account
    mask = f" ending in {account.mask}" if account.mask else ""
    institution = f" at {held.institution}" if held.institution else ""
    return f"{account.name or 'The account'}{mask}{institution}"


def _dropped(held: AccountHoldings) -> str:
    count = held.account.dropped_rows
    rows = "one holding" if count == 1 else f"{count} holdings"
    return f"{name_account(held)} has {rows} that could not be read and {'is' if count == 1 else 'are'} not shown"


def _worth(apart: Decimal | None, currency: str | None) -> str:
    if apart is None:
        return "."
    return f": its total and the holdings shown differ by {_amount(abs(apart), currency)}."


def _unvested(held: AccountHoldings) -> str:
    """Name the unvested part where it explains some of the difference."""
    unvested = held.unvested_value
    return f"; {_amount(unvested, held.account.currency)} of it is not vested" if unvested else ""


def _amount(amount: Decimal | None, currency: str | None) -> str:
    """Round to cents for reading; the response's own figures are exact."""
    return f"{amount or Decimal(0):.2f} {currency or ''}".rstrip()


def _source(held: AccountHoldings) -> str:
    return _PROVIDERS[held.snapshot.provider]


def list_unreadable_warnings(accounts: Iterable[AccountHoldings]) -> list[str]:
    """Warn of each account that can't be read and may hold something."""
    described = (describe_unreadable(held) for held in accounts if not held.account.readable)
    return [warning for warning in described if warning is not None]


def list_residual_warnings(accounts: Iterable[AccountHoldings]) -> list[str]:
    """Warn once per readable account whose holdings are not what its institution says."""
    described = (describe_residual(held) for held in accounts if held.account.readable)
    return [warning for warning in described if warning is not None]
