"""Diff a source's rows before and after a fetch. A new price alone is no change."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tidings.api.portfolio_types import Changes, RowChange
from tidings.decimals import sum_known
from tidings.holdings import Holding, Snapshot
from tidings.portfolio.securities import SecurityIdentity, SecurityMatcher

_MAX_LISTED_ROWS = 100
_RowId = tuple[str, SecurityIdentity]
"""A row's account id and security."""
_Rows = dict[_RowId, list[Holding]]


def diff_snapshots(pairs: Iterable[tuple[Snapshot, Snapshot]]) -> Changes:
    """Diff pairs of snapshots, before and after. Counts all changed rows and lists the first hundred."""
    rows = [row for before, after in pairs for row in _diff_source(before, after)]
    return {
        "added": sum(row["change"] == "added" for row in rows),
        "removed": sum(row["change"] == "removed" for row in rows),
        "quantity_changed": sum(row["change"] == "quantity_changed" for row in rows),
        "rows": rows[:_MAX_LISTED_ROWS],
    }


def _diff_source(before: Snapshot, after: Snapshot) -> list[RowChange]:
    matcher = SecurityMatcher([*before.holdings, *after.holdings])
    old, new = _rows(before.holdings, matcher), _rows(after.holdings, matcher)
    _align_earlier_rows(old, new)
    changes = []
    for key in sorted({*old, *new}):
        was, now = _quantity(old.get(key)), _quantity(new.get(key))
        if was != now:
            changes.append(_change((new.get(key) or old[key])[0], was, now))
    return changes


def _rows(holdings: Sequence[Holding], matcher: SecurityMatcher) -> _Rows:
    rows: _Rows = {}
    for holding in holdings:
        rows.setdefault((holding.account_id, matcher.identity(holding)), []).append(holding)
    return rows


def _align_earlier_rows(old: _Rows, new: _Rows) -> None:
    """Pair rows that an earlier version stored without ids with the new rows of the same description.

    That version knew neither the provider's id of a security nor a bond's or an option's exact terms.
    """
    gone = [key for key, rows in old.items() if key not in new and all(row.security_id is None for row in rows)]
    added = {key: _description(rows[0]) for key, rows in new.items() if key not in old}
    for key in gone:
        description = _description(old[key][0])
        match = next((name for name, other in added.items() if other == description), None)
        if match is not None:
            old.setdefault(match, []).extend(old.pop(key))


def _description(holding: Holding) -> tuple[str | None, ...]:
    """Return what every version stored of an instrument. Its type and the code of its currency may be read anew."""
    ticker = (holding.ticker or "").replace(" ", "")
    return holding.account_id, ticker, holding.name, holding.isin, holding.cusip


def _quantity(holdings: Sequence[Holding] | None) -> Decimal | None:
    return None if holdings is None else sum_known(holding.quantity for holding in holdings)


def _change(holding: Holding, was: Decimal | None, now: Decimal | None) -> RowChange:
    return {
        "change": "added" if was is None else "removed" if now is None else "quantity_changed",
        "provider": holding.provider,
        "source_id": holding.source_id,
        "account_id": holding.account_id,
        "ticker": holding.ticker,
        "name": holding.name,
        "currency": holding.currency,
        "quantity_before": was,
        "quantity_after": now,
    }
