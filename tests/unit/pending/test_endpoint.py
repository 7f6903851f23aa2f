"""What a poll answers: by the user's sources, their waits, and whether the state could be read."""

import json
from typing import Any

import pytest

from tidings import clock
from tidings.api.request import Request
from tidings.model import ProviderName, Source, User
from tidings.pending import endpoint
from tidings.store import user_state
from tidings.store.user_state import UserState

NOW = 1_790_000_000_000
EMPTY = {
    "has_pending_updates": False,
    "generation": 0,
    "seen_generation": 0,
    "last_update_at": None,
    "last_refreshed_at": None,
    "refresh_available_at": None,
    "reconnect_required": False,
}


def row(provider: ProviderName, source_id: str = "a", **values: Any) -> Source:  # noqa: ANN401 - a source's fields
    return Source(provider, source_id, "item", "link", **values)


class Polling:
    """A signed-in user with these sources and waits, or a state that can't be read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[Source] = []
        self.retry_at: dict[ProviderName, int] = {}
        self.readable = True
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        monkeypatch.setattr(endpoint, "current_user", lambda _: User("ann"))
        monkeypatch.setattr(user_state, "user_state_or_none", lambda user_id: self._state(user_id))
        monkeypatch.setattr(user_state, "read_user_state", lambda user_id: self._state(user_id))

    def _state(self, user_id: str) -> UserState | None:
        assert user_id == "ann"
        return UserState(tuple(self.rows), self.retry_at) if self.readable else None

    def get(self, route: str, **headers: str) -> Any:  # noqa: ANN401 - a response
        return endpoint.handle_request(Request(f"GET {route}", "GET", route, headers, {}, {}, {}, b""))

    def body(self, route: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.get(route)["body"])


@pytest.fixture
def polling(monkeypatch: pytest.MonkeyPatch) -> Polling:
    return Polling(monkeypatch)


def test_user_without_sources_has_nothing_pending(polling: Polling) -> None:
    assert polling.body("/plaid/pending-updates") == EMPTY
    assert polling.body("/pending-updates") == {
        "has_pending_updates": False,
        "providers": {"plaid": EMPTY, "snaptrade": EMPTY},
        "live": False,
    }


def test_one_provider_is_summed_up_over_its_own_sources(polling: Polling) -> None:
    polling.rows = [
        row("plaid", "a", generation=3, seen_generation=3, last_update_at=NOW - 2000, last_fetched_at=NOW - 1000),
        row("plaid", "b", generation=5, seen_generation=4, last_update_at=NOW - 9000),
        row("plaid", "*", status="reconnect_required", last_fetched_at=NOW - 5000),
        row("snaptrade", "c", generation=9, last_update_at=NOW, last_fetched_at=NOW),
    ]
    polling.retry_at = {"plaid": NOW + 1, "snaptrade": NOW + 60_000}
    assert polling.body("/plaid/pending-updates") == {
        "has_pending_updates": True,
        "generation": 8,
        "seen_generation": 7,
        "last_update_at": clock.iso(NOW - 2000),
        "last_refreshed_at": clock.iso(NOW - 1000),
        "refresh_available_at": clock.iso(NOW + 1),
        "reconnect_required": True,
    }


def test_wait_that_is_over_is_not_shown(polling: Polling) -> None:
    polling.retry_at = {"plaid": NOW}
    assert polling.body("/plaid/pending-updates") == EMPTY


@pytest.mark.parametrize("provider", ["plaid", "snaptrade"])
def test_one_pending_provider_makes_the_whole_pending(polling: Polling, provider: ProviderName) -> None:
    polling.rows = [row("plaid", generation=1, seen_generation=1), row(provider, "b", generation=1)]
    combined = polling.body("/pending-updates")
    assert combined["has_pending_updates"] is True
    assert [name for name, one in combined["providers"].items() if one["has_pending_updates"]] == [provider]


def test_state_that_cannot_be_read_is_unknown(polling: Polling) -> None:
    polling.readable = False
    unknown = {**EMPTY, "state_unknown": True}
    assert polling.body("/api/snaptrade/pending-updates") == unknown
    combined = polling.body("/pending-updates")
    assert (combined["state_unknown"], combined["has_pending_updates"]) == (True, False)
    assert combined["providers"] == {"plaid": unknown, "snaptrade": unknown}


@pytest.mark.parametrize("route", ["/pending-updates", "/plaid/pending-updates"])
def test_unchanged_poll_is_304_and_a_changed_one_is_not(polling: Polling, route: str) -> None:
    etag = polling.get(route)["headers"]["etag"]
    known = {"if-none-match": etag}
    assert polling.get(route, **known)["statusCode"] == 304
    polling.rows = [row("plaid", generation=1)]
    assert polling.get(route, **known)["statusCode"] == 200


@pytest.mark.parametrize(("word", "live"), [("on", True), ("off", False)])
def test_combined_poll_says_whether_there_are_live_updates(
    polling: Polling, word: str, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_UPDATES", word)
    assert polling.body("/pending-updates")["live"] is live


def test_progress_of_paid_refreshes_has_a_route_of_its_own(polling: Polling) -> None:
    idle: Any = {"status": "idle", "reason": None, "requested_at": None, "retry_after": None, "sources": {}}
    sent = polling.get("/plaid/holdings/refresh")
    assert (sent["statusCode"], json.loads(sent["body"])) == (200, idle)
    assert "etag" not in sent["headers"], "progress is not cached"
    assert polling.body("/holdings/refresh") == {"providers": {"plaid": idle, "snaptrade": idle}}
    assert polling.get("/holdings/refresh")["statusCode"] == 200


def test_poll_is_answered_before_its_function_is_killed() -> None:
    assert endpoint.TIME_LIMIT_S == 10 - 2
