"""Give the store little time for a webhook."""

import pytest

from tests.support.drivers.waiting import PATIENCE_S
from tidings.webhooks import receive

HANGS_S = 0.2
"""For a store of which every call hangs."""

READS_S = 2.0
"""For a store that has to answer a read first, on a busy machine too."""


def shorten_store_timeout(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Shorten the wait for the store; the queue keeps all the time it needs."""
    monkeypatch.setattr(receive, "STORE_UNTIL_S", seconds)
    monkeypatch.setattr(receive, "LEAST_STORE_S", seconds)
    monkeypatch.setattr(receive, "QUEUE_S", PATIENCE_S)
