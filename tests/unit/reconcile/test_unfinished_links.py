"""An exchange that nobody finished is reported once, unless it was finished since it was read."""

from typing import Any

import pytest

from tidings import clock
from tidings.reconcile import unfinished_links
from tidings.store import token_leases
from tidings.store.token_leases import Lease, UnfinishedLease

NOW = 1_771_500_000_000
OPEN, FINISHED, ENDING, ENDED = (Lease(name, "ann", name, NOW) for name in ("open", "finished", "ending", "ended"))


def test_unfinished_exchanges_are_recorded_and_reported_as_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[tuple[Any, ...]] = []
    reported: list[tuple[Any, ...]] = []
    found = {
        NOW: [
            UnfinishedLease(OPEN, is_given_up=False),
            UnfinishedLease(FINISHED, is_given_up=False),
            UnfinishedLease(ENDING, is_given_up=True),
            UnfinishedLease(ENDED, is_given_up=True),
        ]
    }

    def record(name: str) -> Any:  # noqa: ANN401 - a function
        def write(lease: Lease, *given: object) -> bool:
            recorded.append((name, lease, *given))
            return lease in {OPEN, ENDING}

        return write

    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    monkeypatch.setattr(token_leases, "unfinished_leases", found.__getitem__)
    monkeypatch.setattr(token_leases, "give_up", record("give_up"))
    monkeypatch.setattr(token_leases, "record_failure", record("record_failure"))
    monkeypatch.setattr(token_leases, "report_not_stored", lambda *given: reported.append(given))
    assert unfinished_links.record_lost_items() == 2
    assert recorded == [
        ("give_up", OPEN, "lost", NOW),
        ("give_up", FINISHED, "lost", NOW),
        ("record_failure", ENDING, "lost", NOW),
        ("record_failure", ENDED, "lost", NOW),
    ]
    assert reported == [(OPEN, "lost"), (ENDING, "lost")]
