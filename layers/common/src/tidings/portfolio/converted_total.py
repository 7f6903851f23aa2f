"""Convert the portfolio's total to one currency, each amount by the rate of its own data's date."""

from collections.abc import Iterable
from decimal import Decimal

from tidings.api.portfolio_types import ConvertedTotal
from tidings.clock import utc_date
from tidings.decimals import sum_known
from tidings.exchange_rates.conversion import DatedAmount, convert
from tidings.exchange_rates.lookup import rates_for
from tidings.portfolio.accounts import DeduplicatedAccounts


def converted_total(deduplicated: DeduplicatedAccounts, currency: str) -> ConvertedTotal:
    """Read the rates and convert what counts in the portfolio."""
    amounts = dated_amounts(deduplicated)
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
        yield DatedAmount(currency, utc_date(as_of), sum_known(parts))
