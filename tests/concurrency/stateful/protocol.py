"""Run the product's flows in an order that Hypothesis generates.

The rules and the invariants are those of verification/model_checker. Here the flows are the product's own: they run in
separate processes, on a real engine, against the provider simulators.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.concurrency.stateful.provider_events import ProviderEvents, Sent, source_number
from tests.support.drivers import reconcile_queue, scenarios
from tests.support.drivers.process_pool import Completed, Invocation, Worker, refresh_invocation, webhook_invocation
from tests.support.drivers.scenarios import Scenario
from tests.support.faults.fault_injection import Crash, Crashed, Pause, Paused, StoreFault
from tidings.errors import Conflict
from verification.model_checker.invariants import unrepaired_by_refresh, violation

_MOST_UNDER_WAY = 2
_LONGEST_PAUSE = 8
"""Steps of others, while a flow is held up: its process has a minute to live."""

_any_call = st.integers(0, 12)
_side = st.sampled_from(["before", "after"])
_skew = st.sampled_from([-2.0, 0.0, 2.0])


@dataclass
class UnderWay:
    worker: Worker
    ends: Callable[[Completed], None]
    since: int


class Protocol(ProviderEvents):
    def __init__(self) -> None:
        super().__init__()
        self.under_way: list[UnderWay] = []
        self.steps = 0

    # --- deliveries

    @rule(sent=ProviderEvents.sent)
    def delivered(self, sent: Sent) -> None:
        """Deliver once more, or long after sending."""
        answered = self.stage.app.deliver(self.provider, sent.caught)
        self._answered(sent, answered.status)

    @rule(sent=ProviderEvents.sent, skew=_skew, at=_any_call, side=_side)
    def delivered_and_killed(self, sent: Sent, skew: float, at: int, side: Any) -> None:  # noqa: ANN401 - a Side
        outcome = self.stage.process_pool.run(self._delivery(sent, skew, Crash(at, side)))
        if isinstance(outcome, Completed):
            self._answered(sent, outcome.response.status)

    @precondition(lambda self: len(self.under_way) < _MOST_UNDER_WAY)
    @rule(sent=ProviderEvents.sent, skew=_skew, at=st.integers(0, 4))
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
    @rule(number=source_number)
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
    @rule(number=source_number)
    def linked(self, number: int) -> None:
        linked = self._source(number)
        if linked.source_id in self.observer.truth.alive:
            self.user_driver.link_existing(linked)
            self.observer.counts(linked.source_id, 1)

    @precondition(lambda self: self.provider == "plaid")
    @rule(number=source_number)
    def linked_by_another(self, number: int) -> None:
        linked = self._source(number)
        if self._owner(linked) == self.user_driver.user_id and linked.source_id in self.observer.truth.alive:
            with pytest.raises(Conflict):
                self.rival.link_existing(linked)

    @rule(number=source_number)
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
