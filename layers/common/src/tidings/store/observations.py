"""Say what a fetch of a source observed, in memory and as its row stores it. No account is named."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from tidings.clock import DAY_MS
from tidings.model import ProviderName

_PLAIN_FIELDS = 2
"""A key and values. Only where they differ from the rule has a stored account more."""

SourceId = tuple[ProviderName, str]


class ObservedAccount(NamedTuple):
    """An account on a day. `values`: by currency, exact. `as_of`: when the fetch of its rows began, in ms.

    `key`: a pseudonym (`account_pseudonym`). `same_as`: pseudonyms of accounts of other sources that are the same one.
    """

    key: str
    values: Mapping[str, Decimal]
    as_of: int
    is_readable: bool = True
    same_as: tuple[str, ...] = ()


class DayObservation(NamedTuple):
    """What the last successful fetch of a source on a day returned. `began_at`, `linked_at` in ms.

    `stored`: the accounts as a row has them, in place of `accounts`: of thousands few need more than their values.
    """

    day: date
    source: SourceId
    began_at: int
    linked_at: int | None
    accounts: Sequence[ObservedAccount]
    stored: Sequence[Mapping[str, Any]] = ()

    def load_accounts(self) -> Sequence[ObservedAccount]:
        """Return all that is known of the accounts."""
        return self.accounts or [_load_account(fields, self.began_at) for fields in self.stored]


PlainValues = dict[int, dict[str, list[str]]]
"""Texts of amounts: by number of the day (`DAY_MS`), then by currency."""


def account_pseudonym(user_id: str, source: SourceId, account_id: str) -> str:
    """Return a name of the account that tells nobody which one it is."""
    return sha256("\0".join((user_id, *source, account_id)).encode()).hexdigest()[:16]


def plain_values(observed: Iterable[DayObservation]) -> PlainValues | None:
    """Return the values if every account counts, as of its fetch: of thousands of days few are otherwise.

    None if an account has a date of its own, or may be another source's too.
    """
    days: PlainValues = {}
    for one in observed:
        if not one.stored:
            return None
        parts = days.setdefault(one.began_at // DAY_MS, {})
        for fields in one.stored:
            if len(fields) != _PLAIN_FIELDS:
                return None
            for currency, value in fields["values"].items():
                if currency in parts:
                    parts[currency].append(value)
                else:
                    parts[currency] = [value]
    return days


def dump_account(account: ObservedAccount, began_at: int) -> dict[str, Any]:
    """Return the account as a row stores it. What follows from the row is left out."""
    values = {currency: str(value) for currency, value in account.values.items()}
    fields: dict[str, Any] = {"key": account.key, "values": values}
    if account.as_of != began_at:
        fields["as_of"] = account.as_of
    if not account.is_readable:
        fields["unreadable"] = True
    if account.same_as:
        fields["same_as"] = account.same_as
    return fields


def _load_account(fields: Mapping[str, Any], began_at: int) -> ObservedAccount:
    return ObservedAccount(
        fields["key"],
        {currency: Decimal(value) for currency, value in fields["values"].items()},
        fields.get("as_of", began_at),
        not fields.get("unreadable"),
        tuple(fields.get("same_as", ())),
    )
