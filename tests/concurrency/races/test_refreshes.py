"""Concurrent refreshes, and events during a refresh, each in its own process."""

import pytest

from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import ProcessPool, refresh_invocation
from tests.support.drivers.user_driver import UserDriver, shown_holdings
from tests.support.drivers.waiting import wait_until
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.held_responses import hold_responses
from tests.support.faults.fault_injection import Pause, Paused

CLICKS = 100
SLOW = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts/"}
"""The path that returns the holdings."""
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@pytest.mark.invariant(id="I3")
@pytest.mark.threat(id="shared-quota")
@both
def test_concurrent_refreshes_call_provider_once(
    user_driver: UserDriver, process_pool: ProcessPool, provider: ProviderName
) -> None:
    linked = user_driver.link(provider)
    user_driver.app.providers.reset()
    answers = process_pool.run_concurrently(refresh_invocation(user_driver.cookie, provider) for _ in range(CLICKS))

    assert sorted(answered.status for answered in answers) == [200] + [429] * (CLICKS - 1)
    waits = {int(answered.headers["retry-after"]) for answered in answers if answered.status == 429}
    assert min(waits) >= 1
    assert max(waits) <= 60
    first = "/investments/holdings/get" if provider == "plaid" else "/authorizations"
    calls = [call for call in user_driver.app.providers.calls(provider) if call["path"] == first]
    assert len(calls) == 1
    assert user_driver.parts() == user_driver.referenced_parts()
    assert user_driver.source(linked) is not None
    assert not user_driver.pending()


@pytest.mark.invariant(id="I1")
@both
def test_update_during_slow_response_stays_pending(
    user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    linked = user_driver.link_and_refresh(provider)
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))
    providers = user_driver.app.providers
    providers.reset()
    with hold_responses(providers, provider, SLOW[provider]) as release:
        under_way = process_pool.start_process(refresh_invocation(user_driver.cookie, provider))
        wait_until(lambda: providers.calls(provider, SLOW[provider]))
        user_driver.deliver_webhooks(linked, user_driver.trade(linked))
        release()
        answered = under_way.response()
    assert answered.status == 200
    assert answered.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is True
    assert user_driver.pending(provider)

    user_driver.app.providers.reset()
    ahead.by_s = 61
    before = user_driver.shown_holdings()
    again = user_driver.refresh(provider)
    assert again.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is False
    assert not user_driver.pending(provider)
    assert user_driver.shown_holdings() != before


@pytest.mark.invariant(id="I8")
@pytest.mark.threat(id="overwritten-holdings")
@both
def test_stalled_refresh_overwrites_nothing_newer(
    user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    linked = user_driver.link_and_refresh(provider)
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))
    stalled = process_pool.start_process(
        refresh_invocation(user_driver.cookie, provider, store_fault=Pause("BatchWriteItem"))
    )
    assert isinstance(stalled.outcome(), Paused)  # it holds the old response

    ahead.by_s = 61
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))
    newer = shown_holdings(user_driver.refresh(provider))
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))
    row, heads = user_driver.source(linked), user_driver.heads()

    stalled.proceed()
    answered = stalled.response()
    assert shown_holdings(answered) == newer
    assert answered.json["holdings"]["portfolio_metadata"]["has_pending_updates"] is True
    assert (user_driver.source(linked), user_driver.heads()) == (row, heads)
    assert user_driver.parts() == user_driver.referenced_parts()
    assert user_driver.pending(provider)


@both
def test_later_of_two_fetches_is_kept(
    user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead, provider: ProviderName
) -> None:
    """The holdings changed without an event: only their start times distinguish the two fetches."""
    linked = user_driver.link_and_refresh(provider)
    stalled = process_pool.start_process(
        refresh_invocation(user_driver.cookie, provider, store_fault=Pause("BatchWriteItem"))
    )
    assert isinstance(stalled.outcome(), Paused)
    older = user_driver.shown_holdings()

    ahead.by_s = 61
    user_driver.app.control(linked, "trade", silent=True)
    newer = shown_holdings(user_driver.refresh(provider))
    assert newer != older
    stalled.proceed()
    assert shown_holdings(stalled.response()) == newer
    assert user_driver.shown_holdings() == newer
    assert user_driver.parts() == user_driver.referenced_parts()


@pytest.mark.invariant(id="I3")
def test_stalled_refresh_keeps_newer_cooldown(
    user_driver: UserDriver, process_pool: ProcessPool, ahead: ClockAhead
) -> None:
    """Its provider call fails, which releases a cooldown; but the next refresh owns it by then."""
    user_driver.link_and_refresh("plaid")
    user_driver.app.providers.plaid("faults", path=SLOW["plaid"], kind="status", status=500, times=1)
    stalled = process_pool.start_process(refresh_invocation(user_driver.cookie, "plaid", store_fault=Pause("Decrypt")))
    assert isinstance(stalled.outcome(), Paused)
    user_driver.app.providers.reset()
    ahead.by_s = 61
    user_driver.refresh("plaid")
    user_driver.app.providers.plaid("faults", path=SLOW["plaid"], kind="status", status=500, times=1)

    stalled.proceed()
    assert stalled.response().status == 502
    assert user_driver.app.refresh(user_driver.cookie, "plaid").status == 429
