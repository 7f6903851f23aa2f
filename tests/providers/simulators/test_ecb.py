"""The simulated European Central Bank: working days, publication, suspension and revision."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest

from local.simulators.ecb.publication import Publication
from local.simulators.ecb.target_days import easter_sunday, is_target_day
from tests.support.drivers.exchange_rates import EcbSimulator, ecb_simulator

CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


@pytest.fixture
def ecb() -> Iterator[EcbSimulator]:
    with ecb_simulator() as simulator:
        simulator.order("clock", now="2026-04-02T20:00:00Z")
        yield simulator


def published(ecb: EcbSimulator, file: str = "hist-90d") -> dict[str, dict[str, str]]:
    answer = ecb.client.get(f"/stats/eurofxref/eurofxref-{file}.xml").raise_for_status()
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - the simulator's own file
    return {
        day.attrib["time"]: {rate.attrib["currency"]: rate.attrib["rate"] for rate in day}
        for day in root.iter(CUBE)
        if "time" in day.attrib
    }


@pytest.mark.parametrize(
    ("year", "easter"), [(2019, "04-21"), (2024, "03-31"), (2026, "04-05"), (2038, "04-25"), (2285, "03-22")]
)
def test_easter_sunday(year: int, easter: str) -> None:
    assert easter_sunday(year).isoformat() == f"{year}-{easter}"


def test_target_is_closed_on_its_holidays() -> None:
    closed = ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25", "2026-04-04", "2026-04-05"]
    opened = ["2026-01-02", "2026-04-02", "2026-04-07", "2026-05-25", "2026-12-24", "2026-12-31"]
    assert not any(is_target_day(date.fromisoformat(day)) for day in closed)
    assert all(is_target_day(date.fromisoformat(day)) for day in opened)


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2026-04-02T13:59", "2026-04-01"),  # summer time: 15:59 in Frankfurt
        ("2026-04-02T14:00", "2026-04-02"),
        ("2026-01-15T14:59", "2026-01-14"),  # winter time
        ("2026-01-15T15:00", "2026-01-15"),
        ("2026-04-06T20:00", "2026-04-02"),  # Easter Monday
    ],
)
def test_rates_are_published_at_four_in_frankfurt(now: str, newest: str) -> None:
    publication = Publication(now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert publication.days()[0].isoformat() == newest


def test_daily_file_has_the_newest_day_of_the_long_one(ecb: EcbSimulator) -> None:
    days = published(ecb)
    assert len(days) == 64
    assert published(ecb, "daily") == {"2026-04-02": days["2026-04-02"]}


def test_commands_change_what_is_published_until_reset(ecb: EcbSimulator) -> None:
    before = published(ecb)
    ecb.order("delay", day="2026-04-02")
    ecb.order("suspend", **{"currency": "TRY", "from": "2026-04-01"})
    ecb.order("revise", day="2026-03-31", currency="USD", rate="1.5")
    days = published(ecb)
    assert "2026-04-02" not in days
    assert ["TRY" in days[day] for day in ("2026-03-31", "2026-04-01")] == [True, False]
    assert days["2026-03-31"]["USD"] == "1.5"
    ecb.order("publish", day="2026-04-02")
    assert "2026-04-02" in published(ecb)
    ecb.order("reset")
    ecb.order("clock", now="2026-04-02T20:00:00Z")
    assert published(ecb) == before


@pytest.mark.parametrize(("command", "fields"), [("delay", {}), ("delay", {"day": "soon"}), ("clock", {"now": "soon"})])
def test_malformed_command_is_rejected(ecb: EcbSimulator, command: str, fields: dict[str, str]) -> None:
    assert ecb.client.post(f"/_sim/{command}", json=fields).status_code == 400
