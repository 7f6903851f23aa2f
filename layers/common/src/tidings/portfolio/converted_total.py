"""Convert the portfolio's total to one currency, each amount by the rate of its own data's date."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from tidings.api.response_types import ConvertedTotal
from tidings.concurrency import limit_time
from tidings.decimals import sum_known
from tidings.exchange_rates.conversion import DatedAmount, convert
from tidings.exchange_rates.lookup import rates_for
from tidings.portfolio.accounts import DeduplicatedAccounts

_PATIENCE_S = 2.0
"""For the rates. A total without them says so, and the holdings are shown all the same."""


def converted_total(deduplicated: DeduplicatedAccounts, currency: str) -> ConvertedTotal:
    """Read the rates and convert what counts in the portfolio."""
    amounts = dated_amounts(deduplicated)
    with limit_time(_PATIENCE_S):
        book = rates_for({amount.on for amount in amounts if amount.currency != currency})
    return convert(amounts, currency, book)


def dated_amounts(deduplicated: DeduplicatedAccounts) -> list[DatedAmount]:
    """Sum the rows that count by currency and by the UTC date of their data; unknown values add nothing."""
    values: dict[tuple[str, int], list[Decimal | None]] = {}
    for account, holding in deduplicated.counted_holdings():
        values.setdefault((holding.currency, account.as_of), []).append(holding.value)
    return list(_by_date(values.items()))


def _by_date(values: Iterable[tuple[tuple[str, int], list[Decimal | None]]]) -> Iterable[DatedAmount]:
    for (currency, as_of), parts in values:
        yield DatedAmount(currency, _utc_date(as_of), sum_known(parts))


def _utc_date(instant_ms: int) -> date:
    return datetime.fromtimestamp(instant_ms / 1000, UTC).date()
