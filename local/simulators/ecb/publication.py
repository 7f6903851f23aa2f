"""Decide what the European Central Bank has published at an instant, and write its file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

from local.simulators.ecb.target_days import is_target_day

_FRANKFURT = ZoneInfo("Europe/Berlin")
_PUBLISHED_AT = time(16)
_FILE_DAYS = 90
_USUAL_RATES = {
    "USD": 1.0823, "JPY": 163.45, "CZK": 25.281, "DKK": 7.4602, "GBP": 0.8513, "HUF": 397.2, "PLN": 4.2915,
    "RON": 4.9766, "SEK": 11.3205, "CHF": 0.9451, "ISK": 149.7, "NOK": 11.6255, "TRY": 36.9012, "AUD": 1.6402,
    "BRL": 6.2301, "CAD": 1.4987, "CNY": 7.8241, "HKD": 8.4213, "IDR": 17203.55, "ILS": 3.9711, "INR": 91.2045,
    "KRW": 1487.31, "MXN": 21.3304, "MYR": 4.7822, "NZD": 1.8011, "PHP": 63.102, "SGD": 1.4388, "THB": 36.214,
    "ZAR": 19.5417,
}  # fmt: skip
"""By currency; the first decimals are like those of a real day. Each day's rates differ by up to one per cent."""


@dataclass
class Publication:
    """What the bank publishes. `delays`: the days that are not published yet, though they are due.

    `suspensions`: by currency, its first day without a rate. `revisions`: rates that differ from the first published.
    `now` stops the clock; None lets it run.
    """

    delays: set[date] = field(default_factory=set)
    suspensions: dict[str, date] = field(default_factory=dict)
    revisions: dict[tuple[date, str], str] = field(default_factory=dict)
    now: datetime | None = None

    def days(self) -> list[date]:
        """List the published days of the file, the newest first."""
        now = self.now or datetime.now(UTC)
        newest = now.astimezone(_FRANKFURT).date()
        every = (newest - timedelta(days=age) for age in range(_FILE_DAYS))
        return [day for day in every if is_target_day(day) and day not in self.delays and _is_due(day, now)]

    def rates(self, day: date) -> Iterator[tuple[str, str]]:
        """List the rates of a published day."""
        for currency in _USUAL_RATES:
            if day < self.suspensions.get(currency, date.max):
                yield currency, self.revisions.get((day, currency)) or _first_rate(currency, day)

    def document(self, count: int | None = None) -> bytes:
        """Write the file with the newest `count` days, or with all."""
        days = "".join(self._cube(day) for day in self.days()[:count])
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"'
            ' xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
            "<gesmes:subject>Reference rates</gesmes:subject>"
            "<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>"
            f"<Cube>{days}</Cube></gesmes:Envelope>"
        ).encode()

    def _cube(self, day: date) -> str:
        rates = "".join(
            f"<Cube currency={quoteattr(currency)} rate={quoteattr(rate)}/>" for currency, rate in self.rates(day)
        )
        return f'<Cube time="{day.isoformat()}">{rates}</Cube>'


def _is_due(day: date, now: datetime) -> bool:
    return datetime.combine(day, _PUBLISHED_AT, _FRANKFURT) <= now


def _first_rate(currency: str, day: date) -> str:
    change = (day.toordinal() * 7919 + sum(currency.encode())) % 201 - 100
    usual = _USUAL_RATES[currency]
    return f"{usual * (1 + change / 10_000):.{4 if usual < 100 else 2}f}"
