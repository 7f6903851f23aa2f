"""What the response to a paid refresh says: the progress once the tasks are sent, or why there are none."""

import json
from typing import Any

import pytest

from tidings import clock
from tidings.api.request import Request
from tidings.errors import ProviderLimit
from tidings.model import PaidRefresh, Source
from tidings.refresh import admission, paid_refresh
from tidings.refresh.results import ProviderRefresh
from tidings.store import snapshots, user_state
from tidings.store.snapshots import StoredSnapshots
from tidings.store.user_state import UserState

NOW = 1_771_500_000_000
BEFORE = Source("plaid", "item", "item", "link")
REQUESTED = BEFORE._replace(paid_refresh=PaidRefresh("pull", NOW, 0, "requested"))


def request(monkeypatch: pytest.MonkeyPatch, route: str, refresh: ProviderRefresh) -> Any:  # noqa: ANN401 - a response
    """Request it where the admission read the source before its task was noted."""
    admitted = admission.Admission([refresh], UserState((BEFORE,), {}), {})
    monkeypatch.setenv("PAID_REFRESH", "on")
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)
    monkeypatch.setattr(admission, "admit", lambda *_, **__: admitted)
    monkeypatch.setattr(user_state, "read_user_state", lambda _: UserState((REQUESTED,), {}))
    monkeypatch.setattr(snapshots, "read_snapshots", lambda *_: StoredSnapshots({}, ()))
    return paid_refresh.request(Request(route, "POST", "/status", {}, {}, {}, {}, b""), "ann", ["plaid"])


def test_progress_is_read_after_the_tasks_were_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = request(monkeypatch, "POST /holdings/refresh", ProviderRefresh("plaid"))
    assert json.loads(answered["body"])["providers"]["plaid"]["status"] == "pulling"


@pytest.mark.parametrize(
    ("route", "named"), [("POST /holdings/refresh", {"plaid"}), ("POST /plaid/holdings/refresh", set())]
)
def test_error_of_all_providers_has_their_outcomes_on_the_combined_route(
    monkeypatch: pytest.MonkeyPatch, route: str, named: set[str]
) -> None:
    with pytest.raises(ProviderLimit) as refused:
        request(monkeypatch, route, ProviderRefresh("plaid", error=ProviderLimit(retry_after_s=9)))
    assert set(refused.value.outcomes or {}) == named
