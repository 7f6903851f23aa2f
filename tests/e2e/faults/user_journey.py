"""One user's minute under a fault: updates from both providers, clicks, polls, forgeries; then the fault ends."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.brokers import PROVIDERS, Provider, named
from tests.e2e.faults.cloud import DEFERRED, FaultyCloud
from tests.e2e.faults.fault import NO_ANSWER, Fault
from tests.e2e.faults.rows import Rows
from tests.e2e.user import User, signed_in
from tests.e2e.waiting import wait_until

ALMOST_STALE_S = 299
_ATTEMPTS = {"plaid": 7, "snaptrade": 4}


@dataclass(frozen=True)
class Seen:
    """One answer to the user or to a forger. `status` 0: none."""

    what: str
    status: int
    body: Any


@dataclass
class UserJourney:
    """What happened. `before`, `traded`: tickers; `rows`: the tables at the start and at the end of the fault."""

    fault: Fault
    user: User
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
def told(faulty: FaultyCloud, fault: Fault, number: int) -> Iterator[UserJourney]:
    """Run the journey until everything has settled; the caller inspects it, then calls `ended`."""
    faulty.calm()
    with signed_in(faulty.cloud, faulty.brokers, lambda _answer: None) as user:
        sources = {provider: user.fetched(provider) for provider in PROVIDERS}
        user.let_the_cooldown_pass()
        if fault.late:
            user.heard_of_long_ago()  # what comes late tells of something since
        _wait_for_deliveries(faulty, late=False)
        story = UserJourney(
            fault,
            user,
            sources,
            tickers(user.holdings()),
            Rows.read(faulty.cloud, user.user_id),
            {provider: f"{provider[:2].upper()}{number}" for provider in PROVIDERS},
        )
        spoiled = faulty.proxy.fired()
        with fault.inject(faulty):
            _under_the_fault(faulty, story)
            story.by_providers = {call["status"] for provider in PROVIDERS for call in faulty.brokers.calls(provider)}
        story.spoiled = faulty.proxy.fired() - spoiled
        _settle(faulty, story)
        yield story


def tickers(holdings: Any) -> set[str]:  # noqa: ANN401 - JSON
    return {row["ticker"] for row in holdings["portfolio_data"]["holdings"]}


def _under_the_fault(faulty: FaultyCloud, story: UserJourney) -> None:
    brokers = faulty.brokers
    calls = [len(brokers.calls(provider)) for provider in PROVIDERS]
    _at_once([lambda: _ask(story, "read", "GET", "/pending-updates"), lambda: _ask(story, "read", "GET", "/holdings")])
    now = [len(brokers.calls(provider)) for provider in PROVIDERS]
    story.calls_by_reads = [after - before for before, after in zip(calls, now, strict=True)]
    _at_once(
        [
            *(lambda provider=provider: _trade(story, provider) for provider in PROVIDERS),
            *[lambda: _ask(story, "refresh", "POST", "/holdings/refresh")] * story.fault.clicks,
            *(lambda provider=provider: _forge(story, provider) for provider in PROVIDERS),
            lambda: _ask(story, "read", "GET", "/pending-updates"),
            lambda: _ask(story, "read", "GET", "/holdings"),
        ]
    )


def _at_once(acts: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(act) for act in acts]:
            future.result()


def _ask(story: UserJourney, what: str, method: str, path: str) -> None:
    try:
        answer = story.user.client.request(method, path, json=None if method == "GET" else {})
        status, body = answer.status_code, answer.json() if answer.content else None
    except httpx.TransportError:
        status, body = NO_ANSWER, None
    story.seen.append(Seen(what, status, body))


def _trade(story: UserJourney, provider: Provider) -> None:
    """The provider delivers by itself; what it was answered stands in its log."""
    time.sleep(story.fault.news_after_s)
    late = story.fault.late and provider == "snaptrade"
    about, ticker = story.sources[provider], story.traded[provider]
    story.user.brokers.trade(provider, about, ticker=ticker, quantity="3", silent=late)
    if late:
        story.user.brokers.webhook(provider, **named(provider, about), age_s=ALMOST_STALE_S)


def _forge(story: UserJourney, provider: Provider) -> None:
    for variant in ("forged", "tampered"):
        statuses = story.user.brokers.webhook(provider, **named(provider, story.sources[provider]), variant=variant)
        story.seen += [Seen("forged", status or NO_ANSWER, None) for status in statuses]


def _settle(faulty: FaultyCloud, story: UserJourney) -> None:
    """Every webhook was accepted, or given up by the provider; every queue is empty."""
    _wait_for_deliveries(faulty, story.fault.late)
    for queue in (DEFERRED, "ReconcileQueue", "TasksQueue"):
        wait_until(lambda: faulty.waiting(queue) == 0, f"{queue} is not empty")  # noqa: B023
    story.deliveries = faulty.brokers.deliveries()
    story.settled = Rows.read(faulty.cloud, story.user.user_id)
    for provider in PROVIDERS:
        pending = story.user.is_pending(provider)
        story.statuses_when_settled[provider] = story.user.connection(story.sources[provider])["status"]
        story.shown_when_settled[provider] = (pending, tickers(story.user.holdings(provider)))


def _wait_for_deliveries(faulty: FaultyCloud, late: bool) -> None:
    def all_settled() -> bool:
        last = {one["webhook_id"]: one for one in faulty.brokers.deliveries() if one["variant"] == "genuine"}
        return all(_ended(one, late) for one in last.values())

    wait_until(all_settled, "a webhook is still being retried")


def _ended(delivery: dict[str, Any], late: bool) -> bool:
    provider = "snaptrade" if delivery["event"].isidentifier() else "plaid"
    given_up = late and delivery["attempt"] == _ATTEMPTS[provider]
    return delivery["status"] == 200 or given_up


def ended(faulty: FaultyCloud, story: UserJourney) -> tuple[Any, Rows]:
    """After the cooldown the user clicks once more: the metadata of the answer, and the tables."""
    story.user.let_the_cooldown_pass()
    answer = story.user.refresh()
    return answer["holdings"], Rows.read(faulty.cloud, story.user.user_id)
