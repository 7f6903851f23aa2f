"""Compare each account's stated total with its rows, and find accounts that are linked twice."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from tidings import clock
from tidings.api.response_types import AccountTotal
from tidings.model import Account, FetchedHoldings, Holding, Snapshot
from tidings.portfolio import residuals

_SHORTEST_MASK = 3
_WORDS = re.compile(r"[a-z0-9]+")
_COMPANY_WORDS = frozenset({"inc", "llc", "ltd", "corp", "co", "the", "and"})


class AccountHoldings(NamedTuple):
    """An account of a snapshot, with its rows."""

    snapshot: Snapshot
    account: Account
    holdings: tuple[Holding, ...]


class DeduplicatedAccounts(NamedTuple):
    """The accounts that count in the portfolio, and the repeated ones, which another source already shows."""

    kept: tuple[AccountHoldings, ...]
    repeated: tuple[tuple[AccountHoldings, AccountHoldings], ...]
    """Pairs: the account that is left out, and the account that counts in its place."""
    paper: tuple[AccountHoldings, ...]
    """Accounts that trade with play money. They are listed, but neither their rows nor their totals count."""


def deduplicate(snapshots: Sequence[Snapshot]) -> DeduplicatedAccounts:
    """Count every real account once. If two sources show the same account, the newer data counts."""
    listed = [held for snapshot in snapshots for held in _group_by_account(snapshot)]
    every = [held for held in listed if not held.account.is_paper]
    newest_first = sorted(every, key=lambda held: (-held.snapshot.fetch_began_at, *_sort_key(held)))
    kept: list[AccountHoldings] = []
    repeated: list[tuple[AccountHoldings, AccountHoldings]] = []
    for held in newest_first:
        twin = next((other for other in kept if _same_account(held, other)), None)
        if twin is None:
            kept.append(held)
        else:
            repeated.append((held, twin))
    paper = tuple(sorted((held for held in listed if held.account.is_paper), key=_sort_key))
    return DeduplicatedAccounts(tuple(sorted(kept, key=_sort_key)), tuple(repeated), paper)


def account_totals(deduplicated: DeduplicatedAccounts) -> list[AccountTotal]:
    """List every account, with the difference between its stated total and its rows."""
    left_out = [*(held for held, _ in deduplicated.repeated), *deduplicated.paper]
    every = [(held, True) for held in deduplicated.kept] + [(held, False) for held in left_out]
    return [
        _total(held, is_counted=is_counted) for held, is_counted in sorted(every, key=lambda pair: _sort_key(pair[0]))
    ]


def account_warnings(deduplicated: DeduplicatedAccounts) -> list[str]:
    """Describe accounts that are linked twice or can't be read, for the user."""
    return [
        f"{_name(held)} is linked through {_source(held)} and {_source(twin)}: counted once, from {_source(twin)}."
        for held, twin in deduplicated.repeated
    ] + [_unreadable_warning(held) for held in deduplicated.kept if not held.account.readable]


def carry_over_unreadable(fetched: FetchedHoldings, before: Snapshot | None) -> FetchedHoldings:
    """Keep the last rows of accounts that the provider can no longer read (docs/protocol.md, rule 9)."""
    unreadable = {account.account_id for account in fetched.accounts if not account.readable}
    rows = tuple(holding for holding in (before.holdings if before else ()) if holding.account_id in unreadable)
    if before is None or not rows:
        return fetched
    dates = {account.account_id: account.rows_from for account in before.accounts}
    held = {row.account_id for row in rows}
    accounts = tuple(
        replace(account, rows_from=dates.get(account.account_id) or before.fetch_began_at)
        if account.account_id in held
        else account
        for account in fetched.accounts
    )
    return fetched._replace(holdings=fetched.holdings + rows, accounts=accounts)


def _group_by_account(snapshot: Snapshot) -> Iterable[AccountHoldings]:
    """Group the rows by account: those that the provider lists, and any that only holdings name."""
    rows: dict[str, list[Holding]] = {account.account_id: [] for account in snapshot.accounts}
    for holding in snapshot.holdings:
        rows.setdefault(holding.account_id, []).append(holding)
    listed = {account.account_id: account for account in snapshot.accounts}
    for account_id, holdings in rows.items():
        account = listed.get(account_id) or Account(account_id, holdings[0].account_name, None, None, None, None)
        yield AccountHoldings(snapshot, account, tuple(holdings))


def _same_account(left: AccountHoldings, right: AccountHoldings) -> bool:
    if (left.snapshot.provider, left.snapshot.source_id) == (right.snapshot.provider, right.snapshot.source_id):
        return False
    if not _same_institution(left.snapshot.institution, right.snapshot.institution):
        return False
    own = left.account.institution_account_id
    if own and own == right.account.institution_account_id:
        return True
    return left.snapshot.provider != right.snapshot.provider and _same_mask(left.account.mask, right.account.mask)


def _same_institution(left: str | None, right: str | None) -> bool:
    """Compare the names' words: providers may use a short and a long name, as Schwab and Charles Schwab."""
    words, others = _distinctive_words(left), _distinctive_words(right)
    return bool(words) and bool(others) and (words <= others or others <= words)


def _distinctive_words(name: str | None) -> set[str]:
    return set(_WORDS.findall((name or "").lower())) - _COMPANY_WORDS


def _same_mask(left: str | None, right: str | None) -> bool:
    """Compare the account numbers' last digits. Providers show a different number of digits."""
    if not left or not right or min(len(left), len(right)) < _SHORTEST_MASK:
        return False
    return left.endswith(right) or right.endswith(left)


def _total(held: AccountHoldings, *, is_counted: bool) -> AccountTotal:
    account, snapshot = held.account, held.snapshot
    return {
        "provider": snapshot.provider,
        "source_id": snapshot.source_id,
        "account_id": account.account_id,
        "name": account.name,
        "type": account.type,
        "mask": account.mask,
        "institution": snapshot.institution,
        "currency": account.currency,
        "institution_total": account.institution_total,
        "residual": residuals.residual(account, held.holdings),
        "residual_explained_by": residuals.explain_residual(account, held.holdings),
        "unvested_value": residuals.unvested_value(held.holdings),
        "as_of": clock.iso(account.rows_from or snapshot.fetch_began_at),
        "status": account.status,
        "is_paper": account.is_paper,
        "counted": is_counted,
    }


def _sort_key(held: AccountHoldings) -> tuple[str, str, str]:
    return held.snapshot.provider, held.snapshot.source_id, held.account.account_id


def _name(held: AccountHoldings) -> str:
    mask = f" ending in {held.account.mask}" if held.account.mask else ""
    return f"The account{mask} at {held.snapshot.institution}"


def _unreadable_warning(held: AccountHoldings) -> str:
    since = clock.iso(held.account.rows_from)
    shown = f"what it held on {since[:10]} is shown" if since else "only its total is known"
    return f"{_name(held)} can't be read through {_source(held)}: {shown}."


def _source(held: AccountHoldings) -> str:
    return {"plaid": "Plaid", "snaptrade": "SnapTrade"}[held.snapshot.provider]
