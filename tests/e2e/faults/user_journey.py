"""Run one user's minute under a fault: updates at both brokers, clicks, polls, forgeries; then end the fault."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.brokers import PROVIDERS, Provider, named
from tests.e2e.faults.answers import NO_ANSWER
from tests.e2e.faults.cloud import DEFERRED, FaultyCloud
from tests.e2e.faults.fault import Fault
from tests.e2e.faults.linking import LinkingUser
from tests.e2e.faults.rows import Rows
from tests.e2e.user import User, signed_in
from tests.support.drivers.waiting import wait_until

ALMOST_STALE_S = 299
_ATTEMPTS = {"plaid": 7, "snaptrade": 4}


@dataclass(frozen=True)
class Seen:
    """One response to the user or to a forger. `status` 0: no response. `text`: the body, with exact amounts."""

    what: str
    status: int
    body: Any
    text: str = ""


@dataclass
class UserJourney:
    """Events of one run. `before`, `traded`: tickers; `start`, `settled`: the rows before and after the fault."""

    fault: Fault
    user: User
    linking: LinkingUser
    sources: dict[Provider, str]
    before: set[str]
    start: Rows
    traded: dict[Provider, str]
    seen: list[Seen] = field(default_factory=list)
    calls_by_reads: list[int] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    settled: Rows | None = None
    shown_when_settled: dict[Provider, tuple[bool, set[str]]] = field(default_factory=dict)
    statuses_when_settled: dict[Provider, str] = field(default_factory=dict)
    spoiled: int = 0
    by_providers: set[int] = field(default_factory=set)

    def answers(self, what: str) -> list[Seen]:
        return [one for one in self.seen if one.what == what]


@contextmanager
def run_journey(faulty: FaultyCloud, fault: Fault, number: int) -> Iterator[UserJourney]:
    """Run the journey until all webhooks are processed; the caller checks it, then calls `finish_journey`."""
    faulty.calm()
    with (
        signed_in(faulty.cloud, faulty.brokers, lambda _answer: None) as user,
        signed_in(faulty.cloud, faulty.brokers, lambda _answer: None) as second_user,
    ):
        sources = {provider: user.link_and_refresh(provider) for provider in PROVIDERS}
        user.end_cooldowns()
        if fault.late:
            user.backdate_activity()  # delayed webhooks report changes since then
        _wait_for_deliveries(faulty, late=False)
        _wait_for_queues(faulty)  # the links' tasks call Plaid
        journey = UserJourney(
            fault,
            user,
            LinkingUser.create(second_user),
            sources,
            tickers(user.holdings()),
            Rows.read(faulty.cloud, user.user_id),
            {provider: f"{provider[:2].upper()}{number}" for provider in PROVIDERS},
        )
        spoiled = faulty.spoiled()
        with fault.inject(faulty):
            _under_the_fault(faulty, journey)
            journey.by_providers = {call["status"] for provider in PROVIDERS for call in faulty.brokers.calls(provider)}
        journey.spoiled = faulty.spoiled() - spoiled
        _settle(faulty, journey)
        yield journey


def tickers(holdings: Any) -> set[str]:  # noqa: ANN401 - JSON
    return {row["ticker"] for row in holdings["portfolio_data"]["holdings"]}


def _under_the_fault(faulty: FaultyCloud, journey: UserJourney) -> None:
    brokers = faulty.brokers
    calls = [len(brokers.calls(provider)) for provider in PROVIDERS]
    _at_once(
        [
            lambda: _request(journey, "read", "GET", "/pending-updates"),
            lambda: _request(journey, "read", "GET", "/holdings"),
        ]
    )
    now = [len(brokers.calls(provider)) for provider in PROVIDERS]
    journey.calls_by_reads = [after - before for before, after in zip(calls, now, strict=True)]
    _at_once(
        [
            *(lambda provider=provider: _trade(journey, provider) for provider in PROVIDERS),
            *[lambda: _request(journey, "refresh", "POST", "/holdings/refresh")] * journey.fault.clicks,
            *(lambda provider=provider: _forge(journey, provider) for provider in PROVIDERS),
            lambda: _request(journey, "read", "GET", "/pending-updates"),
            lambda: _request(journey, "read", "GET", "/holdings"),
            lambda: _link(journey),
            lambda: _see(journey, "link", journey.linking.register),
        ]
    )


def _at_once(acts: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(act) for act in acts]:
            future.result()


def _request(journey: UserJourney, what: str, method: str, path: str) -> None:
    body: dict[str, object] | None = None if method == "GET" else {}
    _see(journey, what, lambda: journey.user.client.request(method, path, json=body))


def _see(journey: UserJourney, what: str, request: Callable[[], httpx.Response]) -> None:
    try:
        answer = request()
        seen = Seen(what, answer.status_code, answer.json() if answer.content else None, answer.text)
    except httpx.TransportError:
        seen = Seen(what, NO_ANSWER, None)
    journey.seen.append(seen)


def _link(journey: UserJourney) -> None:
    time.sleep(journey.fault.link_delay_s)
    _see(journey, "link", journey.linking.complete)


def _trade(journey: UserJourney, provider: Provider) -> None:
    """Trade at the provider, which delivers by itself and logs the responses."""
    time.sleep(journey.fault.trade_delay_s)
    late = journey.fault.late and provider == "snaptrade"
    about, ticker = journey.sources[provider], journey.traded[provider]
    journey.user.brokers.trade(provider, about, ticker=ticker, quantity="3", silent=late)
    if late:
        journey.user.brokers.send_webhook(provider, **named(provider, about), age_s=ALMOST_STALE_S)


def _forge(journey: UserJourney, provider: Provider) -> None:
    for variant in ("forged", "tampered"):
        statuses = journey.user.brokers.send_webhook(
            provider, **named(provider, journey.sources[provider]), variant=variant
        )
        journey.seen += [Seen("forged", status or NO_ANSWER, None) for status in statuses]


def _settle(faulty: FaultyCloud, journey: UserJourney) -> None:
    """Wait until every webhook is accepted or given up and every queue is empty, then record the state."""
    _wait_for_deliveries(faulty, journey.fault.late)
    _wait_for_queues(faulty)
    journey.deliveries = faulty.brokers.deliveries()
    journey.settled = Rows.read(faulty.cloud, journey.user.user_id)
    for provider in PROVIDERS:
        pending = journey.user.is_pending(provider)
        journey.statuses_when_settled[provider] = journey.user.connection(journey.sources[provider])["status"]
        journey.shown_when_settled[provider] = (pending, tickers(journey.user.holdings(provider)))


def _wait_for_deliveries(faulty: FaultyCloud, late: bool) -> None:
    def all_settled() -> bool:
        last = {one["webhook_id"]: one for one in faulty.brokers.deliveries() if one["variant"] == "genuine"}
        return all(_ended(one, late) for one in last.values())

    wait_until(all_settled, "a webhook is still being retried")


def _wait_for_queues(faulty: FaultyCloud) -> None:
    for queue in (DEFERRED, "ReconcileQueue", "TasksQueue"):
        wait_until(lambda: faulty.waiting(queue) == 0, f"{queue} is not empty")  # noqa: B023


def _ended(delivery: dict[str, Any], late: bool) -> bool:
    provider = "snaptrade" if delivery["event"].isidentifier() else "plaid"
    given_up = late and delivery["attempt"] == _ATTEMPTS[provider]
    return delivery["status"] == 200 or given_up


def finish_journey(faulty: FaultyCloud, journey: UserJourney) -> tuple[Any, Rows]:
    """Refresh once more after the cooldown; return the holdings and the rows."""
    journey.user.end_cooldowns()
    answer = journey.user.refresh()
    return answer["holdings"], Rows.read(faulty.cloud, journey.user.user_id)
