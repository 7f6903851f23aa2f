"""Choose between the readings that a provider's rows allow: the account's own total decides.

A total can decide only if it is independent and comparable. So it must be known, not 0, in the one currency of all
the account's rows, and each row must be readable and valued. Readings are chosen per account and kind of row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product as combinations
from typing import Literal, NamedTuple

from tidings.decimals import ZERO, difference, sum_if_all_known, sum_known
from tidings.holdings import Account, Holding, StoredReadings, Valuation

Kind = Literal["bonds", "options", "sweep", "unvested"]
_UNIT = Decimal(1)
_TOLERANCE = Decimal("0.005")
_WIDE_TOLERANCE = Decimal("0.05")
_CLEAR = 3
_FAR = 10
_REASONS: dict[str, str] = {
    "total": "The account's total confirms it.",
    "stored": "An earlier total of the account confirmed it.",
    "convention": "The account's total does not decide it.",
}


class Reading(NamedTuple):
    """One meaning of a row. `holding`: the row, or None if it then shows nothing of its own.

    `counted`: what the row adds to the account's total; None if that is unknown. `detail`: a sentence for the user.
    """

    name: str
    holding: Holding | None
    counted: Decimal | None
    detail: str


class Row(NamedTuple):
    """A row with one meaning, or with two: the documented one comes first.

    `is_fund`: a money-market fund, which the account's cash may include.
    """

    kind: Kind | None
    readings: tuple[Reading, ...]
    is_fund: bool = False

    @property
    def documented(self) -> Holding | None:
        return self.readings[0].holding


class Judged(NamedTuple):
    """The rows of one account as they were read, and the account with the readings that totals decided."""

    holdings: tuple[Holding, ...]
    account: Account


class _Sum(NamedTuple):
    """The account's sum under one combination of readings, and its smallest distance from a stated total."""

    names: Mapping[Kind, str]
    value: Decimal
    distance: Decimal


def plain_row(holding: Holding) -> Row:
    """Return a row that has only one meaning."""
    counted = ZERO if holding.is_settled_in_cash else holding.value
    return Row(None, (Reading("", holding, counted, ""),))


def choose_readings(
    account: Account, rows: Sequence[Row], stored: Mapping[str, str], *, can_judge: bool = True
) -> Judged:
    """Choose one reading for each kind of row: the total's, else the stored one, else the documented one."""
    kinds = _kinds(rows)
    won = _won(account, rows, kinds) if can_judge else {}
    kept = {kind: stored[kind] for kind, names in kinds.items() if stored.get(kind) in names}
    chosen = {kind: won.get(kind) or kept.get(kind) or names[0] for kind, names in kinds.items()}
    holdings = [_read(row, chosen, won, kept) for row in rows]
    readings: dict[str, str] = {**stored, **{str(kind): name for kind, name in won.items()}}
    return Judged(
        tuple(holding for holding in holdings if holding is not None), replace(account, readings=readings or None)
    )


def judge_accounts(
    accounts: Sequence[Account],
    rows: Mapping[str, Sequence[Row]],
    stored: StoredReadings,
    *,
    has_institutions_totals: bool = True,
) -> tuple[tuple[Holding, ...], tuple[Account, ...]]:
    """Choose the readings of every account. `rows`: by account id, also of accounts that are not listed.

    `has_institutions_totals`: false if the totals are not the institutions' own, so that they decide nothing.
    """
    listed = {account.account_id: account for account in accounts}
    judged = {
        account_id: choose_readings(
            listed.get(account_id) or Account(account_id, None, None, None, None, None),
            rows.get(account_id, ()),
            stored.get(account_id, {}),
            can_judge=has_institutions_totals,
        )
        for account_id in {**listed, **rows}
    }
    holdings = tuple(holding for one in judged.values() for holding in one.holdings)
    return holdings, tuple(judged[account_id].account for account_id in listed)


def _kinds(rows: Iterable[Row]) -> dict[Kind, tuple[str, ...]]:
    """Return the kinds that have several readings, with the readings' names."""
    return {row.kind: tuple(reading.name for reading in row.readings) for row in rows if row.kind is not None}


def _read(row: Row, chosen: Mapping[Kind, str], won: Mapping[Kind, str], kept: Mapping[Kind, str]) -> Holding | None:
    if row.kind is None:
        return row.documented
    kind = row.kind
    reading = next(reading for reading in row.readings if reading.name == chosen[kind])
    if reading.holding is None:
        return None
    by: Literal["total", "stored", "convention"] = (
        "total" if kind in won else "stored" if kind in kept else "convention"
    )
    return replace(reading.holding, valuation=Valuation(reading.name, by, f"{reading.detail} {_REASONS[by]}"))


def _won(account: Account, rows: Sequence[Row], kinds: Mapping[Kind, tuple[str, ...]]) -> Mapping[Kind, str]:
    """Return the readings under which the sum clearly matches the total; none if no or several sums do."""
    total = account.institution_total
    if not kinds or not total or not _is_comparable(account, rows):
        return {}
    sums = _sums(account, rows, kinds, total)
    closest = min(sums, key=lambda one: one.distance, default=None)
    if closest is None:
        return {}
    others = [one for one in sums if one is not closest]
    return closest.names if _is_clear(closest, others, abs(total)) else {}


def _is_comparable(account: Account, rows: Sequence[Row]) -> bool:
    if not account.readable or account.dropped_rows:
        return False
    shown = [reading.holding for row in rows for reading in row.readings if reading.holding is not None]
    return all(holding.currency == account.currency for holding in shown)


def _is_clear(closest: _Sum, others: Sequence[_Sum], total: Decimal) -> bool:
    tolerance = _tolerance(total)
    if closest.distance <= tolerance:
        return all(other.distance >= _CLEAR * tolerance for other in others)
    if closest.distance > _WIDE_TOLERANCE * total or not all(_is_far(closest.value, other.value) for other in others):
        return False
    return all(other.distance >= _FAR * closest.distance for other in others)


def _tolerance(total: Decimal) -> Decimal:
    return max(_UNIT, _TOLERANCE * total)


def _is_far(left: Decimal, right: Decimal) -> bool:
    """Whether two sums are a tenfold or more apart, or differ in sign."""
    small, large = sorted((abs(left), abs(right)))
    return left * right <= 0 or large >= _FAR * small


def _sums(
    account: Account, rows: Sequence[Row], kinds: Mapping[Kind, tuple[str, ...]], total: Decimal
) -> Sequence[_Sum]:
    """Sum the account under every combination of readings, 16 at most; none if a row has no value."""
    plain = sum_if_all_known(row.readings[0].counted for row in rows if row.kind is None)
    parts = {
        (kind, name): sum_if_all_known(_counted(row, name) for row in rows if row.kind == kind)
        for kind, names in kinds.items()
        for name in names
    }
    if plain is None or None in parts.values():
        return ()
    loan = account.margin_loan or ZERO
    targets = {total, difference(total, loan), sum_known([total, loan])}
    sums = []
    for chosen in combinations(*kinds.values()):
        names = dict(zip(kinds, chosen, strict=True))
        value = sum_known([plain, *(parts[kind, name] for kind, name in names.items())])
        distance = min(difference(target, value).copy_abs() for target in targets)
        sums.append(_Sum(names, value, distance))
    return sums


def _counted(row: Row, name: str) -> Decimal | None:
    return next(reading.counted for reading in row.readings if reading.name == name)
