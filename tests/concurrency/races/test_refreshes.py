"""Concurrent refreshes, and events during a refresh, each in its own process."""

import pytest

from tests.e2e.waiting import wait_until
from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import ProcessPool, refresh
from tests.support.drivers.user_driver import UserDriver, held
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.held_responses import held_answers
from tests.support.faults.fault_injection import Pause, Paused

CLICKS = 100
SLOW = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts/"}
"""The path that returns the holdings."""
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@pytest.mark.invariant(id="I3")
@pytest.mark.threat(id="shared-quota")
@both
def test_concurrent_refreshes_call_provider_once(
    investor: UserDriver, process_pool: ProcessPool, provider: ProviderName
) -> None:
    linked = investor.links(provider)
    investor.app.providers.reset()
    answers = process_pool.all_at_once(refresh(investor.cookie, provider) for _ in range(CLICKS))

    assert sorted(answered.status for answered in answers) == [200] + [429] * (CLICKS - 1)
    waits = {int(answered.headers["retry-after"]) for answered in answers if answered.status == 429}
    assert min(waits) >= 1
    assert max(waits) <= 60
    first = "/investments/holdings/get" if provider == "plaid" else "/authorizations"
    calls = [call for call in investor.app.providers.calls(provider) if call["path"] == first]
    assert len(calls) == 1
    assert investor.parts() == investor.named_parts()
    assert investor.source(linked) is not None
    assert not investor.pending()


@pytest.mark.invariant(id="I1")
@both
def test_update_during_slow_response_stays_pending(
    investor: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    linked = investor.holds(provider)
    investor.delivers(linked, investor.trades(linked))
    providers = investor.app.providers
    providers.reset()
    with held_answers(providers, provider, SLOW[provider]) as release:
        under_way = process_pool.begin(refresh(investor.cookie, provider))
        wait_until(lambda: providers.calls(provider, SLOW[provider]))
        investor.delivers(linked, investor.trades(linked))
        release()
        answered = under_way.answer()
    assert answered.status == 200
    assert answered.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is True
    assert investor.pending(provider)

    investor.app.providers.reset()
    ahead.by_s = 61
    before = investor.held()
    again = investor.refreshed(provider)
    assert again.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is False
    assert not investor.pending(provider)
    assert investor.held() != before


@pytest.mark.invariant(id="I8")
@pytest.mark.threat(id="overwritten-holdings")
@both
def test_stalled_refresh_overwrites_nothing_newer(
    investor: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    linked = investor.holds(provider)
    investor.delivers(linked, investor.trades(linked))
    stalled = process_pool.begin(refresh(investor.cookie, provider, tactic=Pause("BatchWriteItem")))
    assert isinstance(stalled.outcome(), Paused)  # it holds the old response

    ahead.by_s = 61
    investor.delivers(linked, investor.trades(linked))
    newer = held(investor.refreshed(provider))
    investor.delivers(linked, investor.trades(linked))
    row, heads = investor.source(linked), investor.heads()

    stalled.proceed()
    answered = stalled.answer()
    assert held(answered) == newer
    assert answered.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is True
    assert (investor.source(linked), investor.heads()) == (row, heads)
    assert investor.parts() == investor.named_parts()
    assert investor.pending(provider)


@both
def test_later_of_two_fetches_is_kept(
    investor: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    """The holdings changed without an event: only their start times distinguish the two fetches."""
    linked = investor.holds(provider)
    stalled = process_pool.begin(refresh(investor.cookie, provider, tactic=Pause("BatchWriteItem")))
    assert isinstance(stalled.outcome(), Paused)
    older = investor.held()

    ahead.by_s = 61
    investor.app.control(linked, "trade", silent=True)
    newer = held(investor.refreshed(provider))
    assert newer != older
    stalled.proceed()
    assert held(stalled.answer()) == newer
    assert investor.held() == newer
    assert investor.parts() == investor.named_parts()


@pytest.mark.invariant(id="I3")
def test_stalled_refresh_keeps_newer_cooldown(
    investor: UserDriver, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    """Its provider call fails, which releases a cooldown; but the next refresh owns it by then."""
    investor.holds("plaid")
    investor.app.providers.plaid("faults", path=SLOW["plaid"], kind="status", status=500, times=1)
    stalled = process_pool.begin(refresh(investor.cookie, "plaid", tactic=Pause("Decrypt")))
    assert isinstance(stalled.outcome(), Paused)
    investor.app.providers.reset()
    ahead.by_s = 61
    investor.refreshed("plaid")
    investor.app.providers.plaid("faults", path=SLOW["plaid"], kind="status", status=500, times=1)

    stalled.proceed()
    assert stalled.answer().status == 502
    assert investor.app.refresh(investor.cookie, "plaid").status == 429
