"""Run the product's flows in an order that Hypothesis generates.

The rules and the invariants are those of verification/model_checker. Here the flows are the product's own: they run in
separate processes, on a real engine, against the provider simulators.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from tests.concurrency.stateful.observer import TICKER, Observer
from tests.support.aws.engine import Engine
from tests.support.drivers import reconcile_queue, scenarios
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.process_pool import (
    Completed,
    Invocation,
    ProcessPool,
    Worker,
    refresh_invocation,
    webhook_invocation,
)
from tests.support.drivers.scenarios import Scenario
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.providers import CapturedWebhook
from tests.support.faults.fault_injection import Crash, Crashed, Pause, Paused, StoreFault
from tidings.errors import Conflict
from tidings.http.timestamps import parse_instant
from verification.model_checker.invariants import unrepaired_by_refresh, violation
from verification.model_checker.worlds import WILDCARD, Event

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
_FETCHES = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts/"}
_REPLAY_WINDOW_S = 300
_MOST_SOURCES, _MOST_UNDER_WAY = 3, 2
_LONGEST_PAUSE = 8
"""Steps of others, while a flow is held up: its process has a minute to live."""

_any_call = st.integers(0, 12)
_side = st.sampled_from(["before", "after"])
_skew = st.sampled_from([-2.0, 0.0, 2.0])
_number = st.integers(0, _MOST_SOURCES - 1)


@dataclass(frozen=True)
class RefreshScenario:
    app: App
    engine: Engine
    process_pool: ProcessPool
    ahead: ClockAhead


class Sent(NamedTuple):
    """A webhook that its provider sends until it gets a response."""

    event: Event
    caught: CapturedWebhook


@dataclass
class UnderWay:
    worker: Worker
    ends: Callable[[Completed], None]
    since: int


class Protocol(RuleBasedStateMachine):
    stage: ClassVar[RefreshScenario]
    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.user_driver = UserDriver(self.stage.app, self.stage.engine.dynamodb)
        self.rival = UserDriver(self.stage.app, self.stage.engine.dynamodb)
        self.observer = Observer(self.user_driver, [self.rival])
        self.sources: list[LinkedSource] = []
        self.unanswered: dict[str, Sent] = {}
        self.under_way: list[UnderWay] = []
        self.events = self.steps = 0
        self.stage.ahead.by_s = 0

    @initialize(provider=st.sampled_from(PROVIDERS))
    def has_a_source(self, provider: ProviderName) -> None:
        self.stage.app.providers.reset()
        self.provider = provider
        linked = self.user_driver.link_and_refresh(provider)
        self._connected(linked)
        self.observer.counts(linked.source_id, self.user_driver.generation(linked))

    # --- what happens at the provider

    @rule(target=sent, number=_number, of_all=st.booleans(), late_s=st.sampled_from([0, 0, 0, 400]))
    def update(self, number: int, of_all: bool, late_s: int) -> Any:  # noqa: ANN401 - a bundle's values
        linked = self._source(number)
        if self.user_driver.is_gone_at_provider(linked):
            return multiple()
        names_all = of_all and self.provider == "snaptrade"
        self.stage.app.control(linked, "trade", ticker=TICKER, silent=True)
        omitted: dict[str, Any] = {"omit": ["brokerageAuthorizationId"]} if names_all else {}
        event = self._event(linked, WILDCARD if names_all else linked.source_id)
        alive = linked.source_id in self.observer.truth.alive
        self.observer.happens(event, *([linked.source_id] if alive else []))
        return self._sends(linked, event, late_s, **omitted)

    @rule(target=sent, number=_number, broken=st.booleans())
    def health(self, number: int, broken: bool) -> Any:  # noqa: ANN401 - a bundle's values
        linked = self._source(number)
        if self.user_driver.is_gone_at_provider(linked):
            return multiple()
        self.stage.app.control(linked, "break" if broken else "repair")
        self.observer.hears(linked.source_id, "broken" if broken else "ok")
        if self.provider == "plaid":
            order: dict[str, Any] = {"type": "ITEM", "code": "ERROR" if broken else "LOGIN_REPAIRED"}
        else:
            order = {"event_type": "CONNECTION_BROKEN" if broken else "CONNECTION_FIXED"}
        has_update = self.provider == "snaptrade" and not broken
        event = self._event(linked, linked.source_id)._replace(
            has_update=has_update, status="broken" if broken else "ok"
        )
        self.observer.happens(event)
        if self._owner(linked) is None:  # counted, so that a link meanwhile notices it
            self.observer.counts(linked.source_id, 1)
        return self._sends(linked, event, **order)

    @precondition(lambda self: self.provider == "snaptrade")
    @rule(target=sent, number=_number)
    def ended_there(self, number: int) -> Any:  # noqa: ANN401 - a bundle's values
        linked = self._source(number)
        if self.user_driver.is_gone_at_provider(linked):
            return multiple()
        event = self._event(linked, linked.source_id)._replace(has_update=False, removes="source")
        self.observer.happens(event)
        self.observer.ends(linked.source_id)
        return self._sends(linked, event, event_type="CONNECTION_DELETED")

    @precondition(lambda self: len(self.sources) < _MOST_SOURCES)
    @rule()
    def connects(self) -> None:
        """Add a source at the provider without an event."""
        plaid = self.provider == "plaid"
        self._connected(
            self.user_driver.connect("plaid") if plaid else self.user_driver.connect_another(self.sources[0])
        )

    @rule()
    def an_outage(self) -> None:
        order = self.stage.app.providers.plaid if self.provider == "plaid" else self.stage.app.providers.snaptrade
        order("faults", path=_FETCHES[self.provider], kind="status", status=500, times=1)

    @rule(seconds=st.sampled_from([10, 61, 61, 400]))
    def time_passes(self, seconds: int) -> None:
        self.stage.ahead.by_s += seconds

    # --- deliveries

    @rule(sent=sent)
    def delivered(self, sent: Sent) -> None:
        """Deliver once more, or long after sending."""
        answered = self.stage.app.deliver(self.provider, sent.caught)
        self._answered(sent, answered.status)

    @rule(sent=sent, skew=_skew, at=_any_call, side=_side)
    def delivered_and_killed(self, sent: Sent, skew: float, at: int, side: Any) -> None:  # noqa: ANN401 - a Side
        outcome = self.stage.process_pool.run(self._delivery(sent, skew, Crash(at, side)))
        if isinstance(outcome, Completed):
            self._answered(sent, outcome.response.status)

    @precondition(lambda self: len(self.under_way) < _MOST_UNDER_WAY)
    @rule(sent=sent, skew=_skew, at=st.integers(0, 4))
    def delivery_begins(self, sent: Sent, skew: float, at: int) -> None:
        def ends(done: Completed) -> None:
            self._answered(sent, done.response.status)

        self._begins(self._delivery(sent, skew, Pause(at)), ends)

    # --- refreshes, in this process and others

    @rule(everything=st.booleans())
    def refreshed(self, everything: bool) -> None:
        answered = self.stage.app.refresh(self.user_driver.cookie, self.provider, {"all": True} if everything else None)
        assert answered.status != 500, answered.text

    @rule(skew=_skew, at=_any_call, side=_side)
    def refreshed_and_killed(self, skew: float, at: int, side: Any) -> None:  # noqa: ANN401 - a Side
        outcome = self.stage.process_pool.run(self._refresh(skew, Crash(at, side)))
        assert isinstance(outcome, Completed | Crashed)

    @precondition(lambda self: len(self.under_way) < _MOST_UNDER_WAY)
    @rule(skew=_skew, at=_any_call)
    def refresh_begins(self, skew: float, at: int) -> None:
        self._begins(self._refresh(skew, Pause(at)), lambda _: None)

    @precondition(lambda self: bool(self.under_way))
    @rule(number=_number)
    def goes_on(self, number: int) -> None:
        self._ends(self.under_way.pop(number % len(self.under_way)))

    @rule()
    def checked(self) -> None:
        """Check every item with the reconciler."""
        before = self._generations()
        for item in {f"{one.provider}#{one.item_id}" for one in self.sources}:
            assert reconcile_queue.process_messages(reconcile_queue.status_check_message(item)) == []
        for source, generation in self._generations().items():
            self.observer.counts(source, generation - before.get(source, 0))

    # --- linking and unlinking

    @precondition(lambda self: self.provider == "plaid")
    @rule(number=_number)
    def linked(self, number: int) -> None:
        linked = self._source(number)
        if linked.source_id in self.observer.truth.alive:
            self.user_driver.link_existing(linked)
            self.observer.counts(linked.source_id, 1)

    @precondition(lambda self: self.provider == "plaid")
    @rule(number=_number)
    def linked_by_another(self, number: int) -> None:
        linked = self._source(number)
        if self._owner(linked) == self.user_driver.user_id and linked.source_id in self.observer.truth.alive:
            with pytest.raises(Conflict):
                self.rival.link_existing(linked)

    @rule(number=_number)
    def unlinked(self, number: int) -> None:
        linked = self._source(number)
        works = self.observer.truth.health.get(linked.source_id, "ok") == "ok"
        if works and self.user_driver.source(linked) is not None:
            scenarios.unlink(Scenario(self.user_driver, linked))
            self.observer.ends(linked.source_id)

    # --- what must hold

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.steps += 1
        for one in [one for one in self.under_way if self.steps - one.since > _LONGEST_PAUSE]:
            self.under_way.remove(one)
            self._ends(one)
        found = violation(self.observer.world())
        assert found is None, found
        assert self.user_driver.wrong_history() == []

    def teardown(self) -> None:
        """End all flows and deliveries; one refresh after the cooldown then repairs the state."""
        if not self.sources:
            return
        while self.under_way:
            self._ends(self.under_way.pop())
        self.stage.app.providers.reset()
        for sent in list(self.unanswered.values()):
            self.delivered(sent)
        self.nothing_is_wrong()
        self.stage.ahead.by_s += 63
        answered = self.stage.app.refresh(self.user_driver.cookie, self.provider)
        assert answered.status in {200, 404, 409}, answered.text
        after = self.observer.world()
        mine = {source for user, source in after.rows if user == self.user_driver.user_id}
        after = after.with_truth(alive=after.truth.alive & mine)
        found = violation(after) or unrepaired_by_refresh(after, self.user_driver.user_id)
        assert found is None, found

    # --- how

    def _source(self, number: int) -> LinkedSource:
        return self.sources[number % len(self.sources)]

    def _owner(self, linked: LinkedSource) -> str | None:
        return (self.user_driver.item(linked) or {}).get("user_id")

    def _connected(self, linked: LinkedSource) -> None:
        self.sources.append(linked)
        self.observer.connected(linked)

    def _event(self, linked: LinkedSource, source: str) -> Event:
        self.events += 1
        return Event(f"event {self.events}", f"{linked.provider}#{linked.item_id}", source)

    def _sends(self, linked: LinkedSource, event: Event, late_s: int = 0, **order: Any) -> Sent:  # noqa: ANN401 - JSON
        """Send at this instant what arrives at the earliest `late_s` later: a change precedes its webhook."""
        ahead = self.stage.ahead
        [caught] = self.user_driver.capture_webhooks(linked, age_s=-ahead.by_s, **order)
        ahead.by_s += late_s
        if self.provider == "snaptrade":
            event = event._replace(at=parse_instant(json.loads(caught[1])["eventTimestamp"]))
            self.observer.happened_at(event)
        sent = Sent(event, caught)
        self.unanswered[event.name] = sent
        return sent

    def _answered(self, sent: Sent, status: int) -> None:
        assert status in {200, 403}, status
        self.unanswered.pop(sent.event.name, None)
        self.observer.world()
        self.observer.answers(sent.event, accepted=status == 200)
        if sent.event.removes and status == 200:
            entry = f"source#{self.provider}#{sent.event.source}"
            assert entry not in self.user_driver.state(), "I6: an end was answered 200 and is not stored"

    def _delivery(self, sent: Sent, skew: float, store_fault: StoreFault) -> Invocation:
        return webhook_invocation(
            self.provider, sent.caught, later_s=self.stage.ahead.by_s + skew, store_fault=store_fault
        )

    def _refresh(self, skew: float, store_fault: StoreFault) -> Invocation:
        return refresh_invocation(
            self.user_driver.cookie, self.provider, later_s=self.stage.ahead.by_s + skew, store_fault=store_fault
        )

    def _begins(self, invocation: Invocation, ends: Callable[[Completed], None]) -> None:
        worker = self.stage.process_pool.start_process(invocation)
        outcome = worker.outcome()
        if isinstance(outcome, Paused):
            self.under_way.append(UnderWay(worker, ends, self.steps))
        else:
            assert isinstance(outcome, Completed)
            ends(outcome)

    def _ends(self, one: UnderWay) -> None:
        try:
            one.worker.proceed()
            done = one.worker.done()
        except (BrokenPipeError, EOFError, ConnectionResetError):
            return  # killed: its minute was over
        assert done.response.status != 500, done.response.text
        one.ends(done)

    def _generations(self) -> dict[str, int]:
        return {
            entry.split("#", 2)[2]: int(row.get("generation", 0))
            for entry, row in self.user_driver.state().items()
            if entry.startswith("source#")
        }
