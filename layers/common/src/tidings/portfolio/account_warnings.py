"""Say in words what a user should know about the accounts."""

from collections.abc import Iterable
from decimal import Decimal

from tidings import clock
from tidings.decimals import ZERO, difference
from tidings.portfolio import residuals
from tidings.portfolio.account_holdings import AccountHoldings
from tidings.portfolio.placeholders import Placeholder

_ENDED = frozenset({"closed", "archived"})


def describe_repeated(held: AccountHoldings) -> str:
    """Say that two sources show one account."""
    return f"{name_account(held)} is connected twice. It counts once."


def describe_unreadable(held: AccountHoldings) -> str | None:
    """Say that an account cannot be read, and what is shown instead. Nothing is missing from a closed, empty one."""
    account = held.account
    if account.status in _ENDED and not account.institution_total and not held.holdings:
        return None
    since = clock.iso(account.rows_from)
    shown = f"You see what it held on {since[:10]}" if since else "Only its total is known"
    why = f"is {account.status}" if account.status in _ENDED else "can't be read at the moment"
    return f"{name_account(held)} {why}. {shown}."


def describe_placeholder(placeholder: Placeholder) -> str:
    """Say that a row stands for another account, and is not counted again."""
    row = placeholder.holding
    named = f'"{row.name}"' if row.name else "a holding"
    return (
        f"{name_account(placeholder.holder)} lists {named} with {_amount(row.value, row.currency)}, "
        f"which is all that is in {name_account(placeholder.account)}. It counts once, in that account."
    )


def describe_residual(held: AccountHoldings) -> str | None:
    """Say how far an account's total and its holdings are apart, or return None if that is not worth a warning."""
    account, apart = held.account, held.residual
    if account.dropped_rows:
        return f"{_dropped(held)}{_worth(apart, account.currency)}"
    stated = account.institution_total
    if apart is None or stated is None or not residuals.is_notable(apart, stated):
        return None
    explanation = held.residual_explanation
    if explanation == "unvested":
        unvested = _amount(apart, account.currency)
        return f"{name_account(held)} includes {unvested} that has not vested yet. It counts once it vests."
    shown = difference(stated, apart)
    figures = (
        f"Your broker values {name_account(held)} at {_amount(stated, account.currency)}, "
        f"but its holdings add up to {_amount(shown, account.currency)}"
    )
    if explanation == "margin_loan":
        return f"{figures}. The difference of {_amount(abs(apart), account.currency)} is its margin loan."
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
    return f"{name_account(held)} has {rows} that can't be shown"


def _worth(apart: Decimal | None, currency: str | None) -> str:
    if apart is None:
        return "."
    return f". What is shown differs from its total by {_amount(abs(apart), currency)}."


def _unvested(held: AccountHoldings) -> str:
    """Name the unvested part where it explains some of the difference."""
    unvested = held.unvested_value
    return f", of which {_amount(unvested, held.account.currency)} has not vested yet" if unvested else ""


def _amount(amount: Decimal | None, currency: str | None) -> str:
    """Round to cents for reading; the response's own figures are exact."""
    return f"{amount or ZERO:,.2f} {currency or ''}".rstrip()


def list_unreadable_warnings(accounts: Iterable[AccountHoldings]) -> list[str]:
    """Warn of each account that can't be read and may hold something."""
    described = (describe_unreadable(held) for held in accounts if not held.account.readable)
    return [warning for warning in described if warning is not None]


def list_residual_warnings(accounts: Iterable[AccountHoldings]) -> list[str]:
    """Warn once per readable account whose holdings are not what its institution says."""
    described = (describe_residual(held) for held in accounts if held.account.readable)
    return [warning for warning in described if warning is not None]
