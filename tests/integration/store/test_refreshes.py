"""Other writes of a refresh, and those of a stale event."""

import pytest

from tests.support.aws.inserted_rows import EVERY, KEY, commit, event, plant_source, read, row
from tests.support.aws.tables import Tables
from tidings.clock import DAY_MS
from tidings.model import StatusChange
from tidings.store import end_reports, paid_refreshes, sources, status_checks, updates
from tidings.store.events import Duplicate
from tidings.store.sources import PROVIDER_CLOCK_LAG_MS as LAG_MS


@pytest.mark.parametrize("link_id", ["l2", None])
def test_refresh_writes_nothing_to_other_link(tables: Tables, link_id: str | None) -> None:
    plant_source(tables, link_id=link_id, check_due=7, status_version=1, end_reported_at=9)
    before = tables.contents()
    end_reports.record_end_report(KEY, read(end_reported_at=9, status_version=1), "gone", 10**12)
    sources.note_failure(KEY, read(), "provider-outage")
    sources.set_status(KEY, read(status_version=1), StatusChange("reconnect_required", "login"))
    sources.clear_check_due(KEY, read(check_due=7))
    end_reports.record_end_report(KEY, read(), "gone", 100)
    end_reports.clear_end_report(KEY, read(end_reported_at=9))
    status_checks.record_check(KEY, read(check_due=7), 100, answered=True)
    assert not status_checks.record_missed_update(KEY, read(), 100)
    assert paid_refreshes.request(KEY, read(), 1) is None
    assert tables.contents() == before


def test_refresh_creates_no_row(tables: Tables) -> None:
    end_reports.record_end_report(KEY, read(), "gone", 100)
    end_reports.record_end_report(KEY, read(end_reported_at=9), "gone", 10**12)
    end_reports.clear_end_report(KEY, read(end_reported_at=9))
    sources.note_failure(KEY, read(), "provider-outage")
    sources.set_status(KEY, read(), StatusChange("reconnect_required", "login"))
    sources.clear_check_due(KEY, read(check_due=7))
    status_checks.record_check(KEY, read(check_due=7), 100, answered=True)
    status_checks.record_check(KEY, read(), 100, answered=False)
    assert not status_checks.record_missed_update(KEY, read(generation=0), 100)
    sources.clear_unfetched(KEY, read(generation=0), "not-offered")
    sources.clear_all_sources(EVERY, read(generation=0), 1)
    assert commit(read(generation=0)) == "gone"
    assert paid_refreshes.request(KEY, read(), 1) is None
    assert not sources.set_check_due(KEY, 5)
    assert not updates.record_check_due(KEY, 5, event())
    paid_refreshes.finish(KEY, "p", "failed")
    assert not paid_refreshes.begin(KEY, "p", 0)
    assert not any(tables.contents().values())


def test_fetch_failure_reason_is_stored(tables: Tables) -> None:
    plant_source(tables)
    before = row(tables)
    sources.note_failure(KEY, read(), "provider-outage")
    assert row(tables) == before | {"last_error": "provider-outage"}


@pytest.mark.parametrize(
    ("stood", "version", "held"), [(1, 1, True), (2, 1, False), (None, 0, True), (0, 0, True), (1, 0, False)]
)
def test_refresh_status_yields_to_newer_status(tables: Tables, stood: int | None, version: int, held: bool) -> None:
    plant_source(tables, status_version=stood)
    assert sources.set_status(KEY, read(status_version=version), StatusChange("reconnect_required", "login")) == held
    assert (row(tables).get("status"), row(tables).get("status_reason")) == (
        ("reconnect_required", "login") if held else (None, None)
    )
    assert row(tables).get("status_version") == (version + 1 if held else stood)


def test_unchanged_status_is_not_rewritten(tables: Tables) -> None:
    plant_source(tables, status="ok", status_version=4)
    assert sources.set_status(KEY, read(status_version=9), StatusChange("ok"))
    assert row(tables)["status_version"] == 4


def test_check_due_is_cleared_only_as_read(tables: Tables) -> None:
    plant_source(tables, check_due=8)
    sources.clear_check_due(KEY, read(check_due=7))
    sources.clear_check_due(KEY, read())
    assert row(tables)["check_due"] == 8
    sources.clear_check_due(KEY, read(check_due=8))
    assert "check_due" not in row(tables)


@pytest.mark.parametrize(
    ("stood", "due"),
    [
        ({}, True),
        ({"check_due": 9, "last_fetched_at": 9 + LAG_MS, "last_reconcile_at": 9 + LAG_MS}, True),
        ({"check_due": 10}, False),
        ({"last_fetched_at": 10 + LAG_MS}, False),
        ({"last_reconcile_at": 10 + LAG_MS}, False),
        ({"link_id": None}, False),
    ],
)
def test_check_due_requires_newer_event(tables: Tables, stood: dict[str, object], due: bool) -> None:
    plant_source(tables, **stood)
    before = row(tables)
    assert updates.record_check_due(KEY, 10, event()) == due
    assert row(tables) == (before | {"check_due": 10} if due else before)
    assert [one["outcome"] for one in tables.rows("WebhookEventsTable")] == ["check_due"] * due
    assert sources.set_check_due(KEY, 11) == (due or stood.get("link_id", "l1") is not None)


def test_check_due_is_recorded_once(tables: Tables) -> None:
    plant_source(tables)
    assert updates.record_check_due(KEY, 10, event())
    with pytest.raises(Duplicate):
        updates.record_check_due(KEY, 12, event())
    assert row(tables)["check_due"] == 10


@pytest.mark.parametrize(
    ("reported", "fetched", "recorded"),
    [(None, None, 500), (300, None, 300), (None, 400, None)],
    ids=["first", "reported meanwhile", "fetched meanwhile"],
)
def test_first_report_of_end_is_recorded_unless_disproved(
    tables: Tables, reported: int | None, fetched: int | None, recorded: int | None
) -> None:
    plant_source(tables, end_reported_at=reported, last_fetched_at=fetched)
    assert not end_reports.record_end_report(KEY, read(), "institution_no_longer_supported", 500)
    assert (row(tables).get("end_reported_at"), row(tables).get("status")) == (recorded, None)


def test_first_report_of_end_follows_fetch_that_was_read(tables: Tables) -> None:
    plant_source(tables, last_fetched_at=400)
    assert not end_reports.record_end_report(KEY, read(last_fetched_at=400), "institution_no_longer_supported", 500)
    assert row(tables)["end_reported_at"] == 500


@pytest.mark.parametrize(
    ("reported", "after_ms", "version", "is_believed"),
    [
        (500, DAY_MS, None, True),
        (500, DAY_MS - 1, None, False),
        (None, DAY_MS, None, False),
        (501, DAY_MS, None, False),
        (500, DAY_MS, 1, False),
    ],
    ids=["a day later", "too early", "disproved meanwhile", "reported anew", "status set meanwhile"],
)
def test_repeated_report_of_end_is_believed(
    tables: Tables, reported: int | None, after_ms: int, version: int | None, is_believed: bool
) -> None:
    plant_source(tables, end_reported_at=reported, status_version=version)
    read_before = read(end_reported_at=500)
    assert end_reports.record_end_report(KEY, read_before, "not_supported", 500 + after_ms) is is_believed
    status = ("revoked", "not_supported") if is_believed else (None, None)
    assert (row(tables).get("status"), row(tables).get("status_reason")) == status
    assert row(tables).get("end_reported_at") == reported


def test_commit_and_working_status_clear_report_of_end(tables: Tables) -> None:
    plant_source(tables, end_reported_at=500)
    end_reports.clear_end_report(KEY, read())
    assert row(tables)["end_reported_at"] == 500
    end_reports.clear_end_report(KEY, read(end_reported_at=400))
    assert "end_reported_at" not in row(tables)
    plant_source(tables, end_reported_at=500)
    assert commit(read()) is None
    assert "end_reported_at" not in row(tables)
