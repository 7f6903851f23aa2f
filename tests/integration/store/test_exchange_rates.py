"""Stored exchange rates: every revision is kept, and the newest is read."""

from datetime import date

from tests.support.aws.tables import Tables
from tidings.store import exchange_rates
from tidings.store.exchange_rates import StoredRates

NOW = 1_790_000_000_000
DAY = date(2026, 11, 30)


def rates(day: int = 30, source: str = "ecb", revision: int = 1, usd: str = "1.0850") -> StoredRates:
    return StoredRates(date(2026, 11, day), source, revision, {"USD": usd, "CHF": "0.9"})


def test_day_is_stored_verbatim_and_read_again(tables: Tables) -> None:
    assert exchange_rates.insert_days([rates()], NOW) == 1
    [row] = tables.rows("ExchangeRatesTable")
    assert row == {
        "base": "EUR",
        "entry": "2026-11-30#ecb#0001",
        "rates": '{"USD":"1.0850","CHF":"0.9"}',
        "stored_at": NOW,
    }
    assert exchange_rates.read_days(DAY, DAY) == [rates()]


def test_stored_revision_is_left_as_it_is(tables: Tables) -> None:
    assert exchange_rates.insert_days([rates()], NOW) == 1
    assert exchange_rates.insert_days([rates(usd="9"), rates(revision=2, usd="1.1")], NOW + 1) == 1
    assert [row["stored_at"] for row in tables.rows("ExchangeRatesTable")] == [NOW, NOW + 1]
    assert exchange_rates.read_days(DAY, DAY) == [rates(revision=2, usd="1.1")]


def test_newest_revision_of_each_day_and_source_is_read(tables: Tables) -> None:
    stored = [rates(day, source, revision) for day in (29, 30) for source in ("ecb", "other") for revision in (9, 10)]
    assert exchange_rates.insert_days([rates(28), *stored], NOW) == 9
    read = exchange_rates.read_days(date(2026, 11, 29), DAY)
    assert read == [rates(day, source, 10) for day in (29, 30) for source in ("ecb", "other")]
    assert exchange_rates.read_days(date(2026, 11, 27), date(2026, 11, 28)) == [rates(28)]
