"""A paid refresh of several sources: whose task is sent, whose call is made, and how each result is stored."""

import json
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.support.fakes.product_modules import replace_in_product
from tidings import clock, providers
from tidings.api.request import Request
from tidings.aws import queues, secrets
from tidings.errors import (
    ItemGone,
    NotConfigured,
    NotOffered,
    PaidRefreshOff,
    ProviderError,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ProviderTimeout,
    RateLimitExceeded,
    ReconnectRequired,
    StoreUnavailable,
    TidingsError,
)
from tidings.model import PaidRefresh, Source, StatusChange, Task
from tidings.observability import invocation, log_info
from tidings.provider_access.credentials import Credentials
from tidings.refresh import admission, paid_refresh
from tidings.refresh.results import ProviderRefresh
from tidings.store import cooldowns, paid_refreshes, sources, user_state
from tidings.store.cooldowns import Cooldown
from tidings.store.sources import SourceKey
from tidings.store.user_state import UserState

NOW = 1_771_500_000_000
COOLDOWN = Cooldown("ann", "plaid", "ours")
TASK = {"user_id": "ann", "provider": "plaid", "source_id": "a", "pull_id": "pull-a"}


def row(source_id: str, **values: Any) -> Source:  # noqa: ANN401 - a row's values
    return Source("plaid", source_id, source_id, "link", **values)


def requested(paid_refresh_id: str = "pull-a", state: Any = "requested") -> Source:  # noqa: ANN401 - a state
    return row("a", paid_refresh=PaidRefresh(paid_refresh_id, NOW, 1, state))


class World:
    """The store, the queue and the provider. `queue_fails`, `unstored`: by source id."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: Sequence[Source] = ()
        self.refresh = ProviderRefresh("plaid", cooldown=COOLDOWN)
        self.queue_fails: dict[str, StoreUnavailable] = {}
        self.unlinked: Sequence[str] = ()
        self.may_begin = True
        self.app = {"client_id": "c", "secret": "s"}
        self.credential_error: TidingsError | None = None
        self.answer: TidingsError | None = None
        self.tasks: list[Task] = []
        self.finished: list[tuple[Any, ...]] = []
        self.released: list[Cooldown] = []
        self.begun: list[tuple[str, str, int]] = []
        self.called: list[tuple[str, float]] = []
        self.statuses: list[StatusChange] = []
        refresher = SimpleNamespace(
            is_configured=lambda app: bool(app), CALLS_PER_MINUTE=9, RATE_COUNTER="c", request_refresh=self._call
        )
        monkeypatch.setenv("PAID_REFRESH", "on")
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
        monkeypatch.setattr(providers, "paid_refresher", lambda _: refresher)
        monkeypatch.setattr(secrets, "app_secret", lambda _: self.app)
        monkeypatch.setattr(admission, "admit", self._admit)
        monkeypatch.setattr(user_state, "read_user_state", lambda _: self.state)
        monkeypatch.setattr(queues, "send_task", self._send)
        monkeypatch.setattr(paid_refreshes, "request", self._request)
        monkeypatch.setattr(paid_refreshes, "begin", self._begin)
        monkeypatch.setattr(paid_refreshes, "finish", self._finish)
        monkeypatch.setattr(cooldowns, "release", self.released.append)
        monkeypatch.setattr(sources, "set_status", lambda _key, _row, change: self.statuses.append(change))
        monkeypatch.setattr(Credentials, "decrypt", lambda *_: self._decrypt())
        monkeypatch.setattr(Credentials, "call", lambda _, item_id, action: action(item_id))

    @property
    def state(self) -> UserState:
        return UserState(tuple(self.rows), retry_at={})

    def request(self) -> Any:  # noqa: ANN401 - JSON
        """Request a paid refresh of Plaid. Returns the provider's progress."""
        route = "POST /plaid/holdings/refresh"
        answered = paid_refresh.request(Request(route, "POST", "/status", {}, {}, {}, {}, b""), "ann", ["plaid"])
        body = json.loads(answered["body"])
        assert (answered["statusCode"], body["status_url"]) == (202, "/status")
        return body["providers"]["plaid"]

    def execute(self, *rows: Source, **task: str) -> str:
        self.rows = rows or [requested()]
        return paid_refresh.execute(TASK | task)

    def _admit(self, _user: str, _wanted: object, *, paid_refresh: bool = False) -> admission.Admission:
        assert paid_refresh
        return admission.Admission([self.refresh], self.state, {})

    def _request(self, key: SourceKey, _: Source, now: int) -> str | None:
        assert now == NOW
        return None if key.source_id in self.unlinked else f"pull-{key.source_id}"

    def _send(self, task: Task) -> None:
        if error := self.queue_fails.get(task.about["source_id"]):
            raise error
        self.tasks.append(task)

    def _begin(self, key: SourceKey, paid_refresh_id: str, requested_after: int) -> bool:
        self.begun.append((key.source_id, paid_refresh_id, requested_after - NOW))
        return self.may_begin

    def _finish(self, key: SourceKey, *result: object) -> None:
        self.finished.append((key.source_id, *result))

    def _decrypt(self) -> None:
        if self.credential_error:
            raise self.credential_error

    def _call(self, _access: object, source_id: str, deadline: float) -> None:
        self.called.append((source_id, deadline))
        if self.answer:
            raise self.answer


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_task_of_each_live_source_is_sent(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.rows = [row("a"), row("b"), row("ended", status="revoked")]
    with capture_output(capsys) as output:
        world.request()
        [line] = output.lines_with_message("paid refresh requested")
    assert (line["provider"], line["sources"]) == ("plaid", 2)
    assert world.tasks == [Task("pull", {**TASK, "source_id": name, "pull_id": f"pull-{name}"}) for name in "ab"]
    assert (world.finished, world.released) == ([], [])


def test_source_unlinked_meanwhile_has_no_task(world: World) -> None:
    world.rows, world.unlinked = [row("a"), row("b")], ["a"]
    world.request()
    assert [task.about["source_id"] for task in world.tasks] == ["b"]
    assert world.released == []


@pytest.mark.parametrize("failing", ["a", "b"])
def test_cooldown_stays_if_one_of_two_tasks_is_sent(
    world: World, capsys: pytest.CaptureFixture[str], failing: str
) -> None:
    world.rows, world.queue_fails = [row("a"), row("b")], {failing: StoreUnavailable()}
    with capture_output(capsys) as output:
        world.request()
        assert output.lines_with_message("paid refresh requested")[0]["sources"] == 1
    assert world.released == []
    assert world.finished == [(failing, f"pull-{failing}", "failed", "store_unavailable")]


def test_cooldown_is_released_if_no_task_is_sent(world: World) -> None:
    first = StoreUnavailable()
    world.rows, world.queue_fails = [row("a"), row("b")], {"a": first, "b": StoreUnavailable()}
    with pytest.raises(StoreUnavailable) as refused:
        world.request()
    assert refused.value is first
    assert world.released == [COOLDOWN]


def test_nothing_is_requested_where_paid_refreshes_are_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAID_REFRESH", "off")
    with pytest.raises(PaidRefreshOff):
        world.request()
    assert world.execute() == "failed: paid_refresh_off"
    assert world.called == []


def test_refused_provider_tells_why(world: World) -> None:
    world.refresh = ProviderRefresh("plaid", is_unlinked=True)
    progress = world.request()
    assert (progress["status"], progress["reason"]) == ("unavailable", "not_connected")


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (StoreUnavailable(retry_after_s=7), "failed", "store_unavailable"),
        (ProviderLimit(retry_after_s=7), "unavailable", "provider_limit"),
    ],
)
def test_progress_is_the_error_beside_another_provider(
    world: World, error: TidingsError, status: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ProviderRefresh("snaptrade", cooldown=COOLDOWN._replace(provider="snaptrade"))
    refused = ProviderRefresh("plaid", error=error)
    admitted = admission.Admission([refused, other], world.state, {})
    world.rows = [Source("snaptrade", "b", "b", "link")]
    monkeypatch.setattr(admission, "admit", lambda *_, **__: admitted._replace(state=world.state))
    progress = world.request()
    assert (progress["status"], progress["reason"], progress["retry_after"]) == (status, reason, 7)


def test_call_is_made_once_within_its_deadlines(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output:
        assert world.execute() == "accepted"
        assert output.metric_sum("PaidPull", provider="plaid", outcome="accepted") == 1
        assert output.metric_sum("ProviderMisconfigured") == 0
    assert world.begun == [("a", "pull-a", -600_000)]
    assert world.called == [("a", 145.0)]
    assert world.finished == [("a", "pull-a", "accepted", None, None)]
    assert world.statuses == []


@pytest.mark.parametrize(
    "rows",
    [[row("other")], [row("a")], [requested("newer")], [requested(state="calling")], [requested(state="failed")]],
)
def test_request_that_is_over_makes_no_call(world: World, rows: list[Source]) -> None:
    assert world.execute(*rows) == "done before"
    assert (world.begun, world.called, world.finished) == ([], [], [])


def test_request_that_another_delivery_began_makes_no_call(world: World) -> None:
    world.may_begin = False
    assert world.execute() == "done before"
    assert (world.called, world.finished) == ([], [])


@pytest.mark.parametrize("error", [ReconnectRequired("credential_lost"), ProviderNotReady()])
def test_credential_that_cannot_be_used_ends_the_request(world: World, error: ProviderError) -> None:
    world.credential_error = error
    assert world.execute().startswith("refused: ")
    assert (world.begun, world.called) == ([], [])


def test_store_outage_before_the_call_is_left_to_the_next_delivery(world: World) -> None:
    world.credential_error = StoreUnavailable()
    with pytest.raises(StoreUnavailable):
        world.execute()
    assert (world.begun, world.finished) == ([], [])


def test_provider_without_keys_ends_the_request(world: World) -> None:
    world.app = {}
    assert world.execute() == f"failed: {NotConfigured.slug.replace('-', '_')}"
    assert world.called == []


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (NotOffered("not_here"), "refused", "not_here"),
        (RateLimitExceeded(), "refused", "provider_busy"),
        (ProviderNotReady(), "refused", ProviderNotReady.slug.replace("-", "_")),
        (ReconnectRequired("login"), "refused", "reconnect_required"),
        (ProviderLimit(), "refused", "too_recently"),
        (ProviderTimeout(), "failed", "provider_timeout"),
        (ItemGone(), "failed", "gone"),
    ],
)
def test_error_of_the_call_is_the_result(world: World, error: ProviderError, state: str, reason: str) -> None:
    world.answer = error
    assert world.execute() == f"{state}: {reason}"
    assert world.finished == [("a", "pull-a", state, reason, None)]
    changed = [error.status_change] if isinstance(error, ReconnectRequired | ItemGone) else []
    assert world.statuses == changed


def test_demanded_wait_is_stored(world: World) -> None:
    world.answer = ProviderLimit(retry_after_s=90)
    world.execute()
    assert world.finished == [("a", "pull-a", "refused", "too_recently", NOW + 90_000)]


def test_our_own_fault_is_counted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.answer = ProviderMisconfigured()
    with capture_output(capsys) as output:
        world.execute()
        assert output.metric_sum("ProviderMisconfigured", provider="plaid") == 1
        assert output.metric_sum("PaidPull", provider="plaid", outcome="failed") == 1


def test_log_names_user_and_provider_of_the_task(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    with capture_output(capsys) as output, invocation(None):
        world.execute()
        log_info("afterwards")
        [line] = output.lines_with_message("afterwards")
    assert (line["provider"], line["user_id"]) == ("plaid", "ann")
