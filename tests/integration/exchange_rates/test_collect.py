"""Collecting exchange rates: once per publication, whole, and without overwriting what was published before."""

import json
from datetime import date

import pytest

from tests.support.aws.aws_calls import OperationRecorder, aws_error, intercept_calls, stub_response
from tests.support.aws.tables import Tables
from tests.support.drivers.exchange_rates import Collector, EcbSimulator
from tests.support.drivers.output import Output
from tidings.errors import StoreUnavailable
from tidings.exchange_rates import ecb as ecb_source
from tidings.exchange_rates.rates import DayRates
from tidings.store import exchange_rates

THURSDAY, TUESDAY = "2026-04-02", "2026-04-07"
"""Around Easter."""


def entries(tables: Tables) -> list[str]:
    return [str(row["entry"]) for row in tables.rows("ExchangeRatesTable")]


def days(tables: Tables) -> list[str]:
    return [entry.partition("#")[0] for entry in entries(tables)]


def ages(output: Output) -> list[float]:
    return [line["ExchangeRatesAge"][0] for line in output.lines if "ExchangeRatesAge" in line]


def test_first_run_stores_every_day_of_the_file(collector: Collector, tables: Tables, output: Output) -> None:
    collector.run(f"{THURSDAY}T15:00")
    stored = days(tables)
    assert (stored[0], stored[-1], len(stored)) == ("2026-01-05", THURSDAY, 64)
    row = tables.rows("ExchangeRatesTable")[-1]
    assert row["entry"] == f"{THURSDAY}#ecb#0001"
    assert json.loads(str(row["rates"])).keys() == ecb_source.CODES
    assert ages(output) == [0]


def test_run_before_publication_fetches_again_later(collector: Collector, ecb: EcbSimulator, tables: Tables) -> None:
    """16:00 in Frankfurt is 14:00 UTC in summer."""
    collector.run("2026-04-01T20:00")
    collector.run(f"{THURSDAY}T13:59")
    assert days(tables)[-1] == "2026-04-01"
    collector.run(f"{THURSDAY}T14:00")
    assert days(tables)[-1] == THURSDAY
    assert ecb.calls() == 3


def test_run_after_the_day_was_found_makes_no_call(
    collector: Collector, ecb: EcbSimulator, tables: Tables, store_calls: OperationRecorder, output: Output
) -> None:
    collector.run(f"{THURSDAY}T15:00")
    before = entries(tables)
    store_calls.operations.clear()
    collector.run(f"{THURSDAY}T16:00")
    assert (ecb.calls(), store_calls.operations) == (1, ["Query"])
    assert entries(tables) == before
    assert ages(output) == [0, 0]


@pytest.mark.parametrize(
    ("on", "age"),
    [("2026-04-03", 1), ("2026-04-06", 4), ("2026-05-01", 1), ("2026-12-25", 1), ("2027-01-01", 1)],
)
def test_holiday_stores_nothing_new(collector: Collector, tables: Tables, output: Output, on: str, age: int) -> None:
    collector.run(f"{on}T21:00")
    assert on not in days(tables)
    assert ages(output) == [age]


def test_late_publication_is_found_by_a_later_run(collector: Collector, ecb: EcbSimulator, tables: Tables) -> None:
    ecb.order("delay", day=THURSDAY)
    collector.run(f"{THURSDAY}T15:00")
    assert THURSDAY not in days(tables)
    ecb.order("publish", day=THURSDAY)
    collector.run(f"{THURSDAY}T18:00")
    assert days(tables)[-1] == THURSDAY


def test_outage_is_made_up_for_by_the_next_file(
    collector: Collector, ecb: EcbSimulator, tables: Tables, output: Output
) -> None:
    collector.run("2026-03-26T15:00")
    ecb.fail(kind="status", status=503, body="<html>Unavailable</html>")
    collector.run("2026-04-01T15:00")
    assert (days(tables)[-1], ages(output)) == ("2026-03-26", [0, 6])
    assert [line["source"] for line in output.lines if "ExchangeRatesFailed" in line] == ["ecb"]
    ecb.reset()
    collector.run(f"{THURSDAY}T15:00")
    assert days(tables)[-6:] == ["2026-03-26", "2026-03-27", "2026-03-30", "2026-03-31", "2026-04-01", THURSDAY]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 200, "body": "<html>Maintenance</html>"},
        {"kind": "redirect"},
        {"kind": "truncated"},
        {"kind": "close"},
    ],
)
def test_unusable_file_stores_nothing(
    collector: Collector, ecb: EcbSimulator, tables: Tables, output: Output, fault: dict[str, object]
) -> None:
    ecb.fail(**fault)
    collector.run(f"{THURSDAY}T15:00")
    assert entries(tables) == []
    assert ages(output) == [100], "as old as can be, so that the alarm is raised"


def test_suspended_currency_is_stored_without_a_rate(collector: Collector, ecb: EcbSimulator, tables: Tables) -> None:
    ecb.order("suspend", **{"currency": "TRY", "from": "2026-04-01"})
    collector.run(f"{THURSDAY}T15:00")
    stored = {str(row["entry"])[:10]: json.loads(str(row["rates"])) for row in tables.rows("ExchangeRatesTable")}
    assert ["TRY" in stored[day] for day in ("2026-03-31", "2026-04-01", THURSDAY)] == [True, False, False]


def test_revision_is_a_row_beside_the_old_one(collector: Collector, ecb: EcbSimulator, tables: Tables) -> None:
    collector.run(f"{THURSDAY}T15:00")
    before = tables.rows("ExchangeRatesTable")
    ecb.order("revise", day="2026-04-01", currency="USD", rate="1.5")
    collector.run(f"{TUESDAY}T15:00")
    after = tables.rows("ExchangeRatesTable")
    assert [row for row in after if row in before] == before
    assert [row["entry"] for row in after if row not in before] == ["2026-04-01#ecb#0002", f"{TUESDAY}#ecb#0001"]
    [read] = exchange_rates.read_days(date(2026, 4, 1), date(2026, 4, 1))
    assert (read.revision, read.rates["USD"]) == (2, "1.5")
    ecb.order("revise", day="2026-04-01", currency="USD", rate="1.6")
    collector.run("2026-04-08T15:00")
    assert "2026-04-01#ecb#0003" in entries(tables)


def test_run_that_meets_another_leaves_its_rows(
    collector: Collector, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one stores its rows after this one has read that there are none."""
    fetch = ecb_source.fetch_days

    def fetch_while_another_runs(deadline: float) -> list[DayRates]:
        found = list(fetch(deadline))
        monkeypatch.setattr(ecb_source, "fetch_days", fetch)
        collector.run(f"{THURSDAY}T15:00")
        return [rates._replace(per_euro={"USD": "9"}) for rates in found]

    monkeypatch.setattr(ecb_source, "fetch_days", fetch_while_another_runs)
    collector.run(f"{THURSDAY}T15:00")
    assert len(entries(tables)) == len(set(days(tables)))
    assert '"USD":"9"' not in str(tables.rows("ExchangeRatesTable"))


def test_run_fails_while_the_store_is_down(collector: Collector, ecb: EcbSimulator) -> None:
    """Lambda then repeats it, and counts an error."""
    with intercept_calls(stub_response("Query", aws_error("InternalServerError"))), pytest.raises(StoreUnavailable):
        collector.run(f"{THURSDAY}T15:00")
    assert ecb.calls() == 0


def test_bug_is_counted_and_raised(collector: Collector, monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    monkeypatch.setattr(ecb_source, "fetch_days", lambda _deadline: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        collector.run(f"{THURSDAY}T15:00")
    assert [line["Failed"] for line in output.lines if "Failed" in line] == [[1]]


def test_run_does_nothing_if_conversion_is_off(
    collector: Collector, ecb: EcbSimulator, store_calls: OperationRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_RATES", "off")
    collector.run(f"{THURSDAY}T15:00")
    assert (ecb.calls(), store_calls.operations) == (0, [])
