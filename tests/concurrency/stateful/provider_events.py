"""What happens at the provider: sources appear, break and end, and webhooks are sent."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, precondition, rule

from tests.concurrency.stateful.observer import TICKER, Observer
from tests.support.aws.engine import Engine
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.process_pool import ProcessPool
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.clock import ClockAhead
from tests.support.fakes.providers import CapturedWebhook
from tidings.http.timestamps import parse_instant
from verification.model_checker.worlds import WILDCARD, Event

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
_FETCHES = {"plaid": "/investments/holdings/get", "snaptrade": "/accounts/"}
_MOST_SOURCES = 3

source_number = st.integers(0, _MOST_SOURCES - 1)


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


class ProviderEvents(RuleBasedStateMachine):
    stage: ClassVar[RefreshScenario]
    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.user_driver = UserDriver(self.stage.app, self.stage.engine.dynamodb)
        self.rival = UserDriver(self.stage.app, self.stage.engine.dynamodb)
        self.observer = Observer(self.user_driver, [self.rival])
        self.sources: list[LinkedSource] = []
        self.unanswered: dict[str, Sent] = {}
        self.events = 0
        self.stage.ahead.by_s = 0

    @initialize(provider=st.sampled_from(PROVIDERS))
    def has_a_source(self, provider: ProviderName) -> None:
        self.stage.app.providers.reset()
        self.provider = provider
        linked = self.user_driver.link_and_refresh(provider)
        self._connected(linked)
        self.observer.counts(linked.source_id, self.user_driver.generation(linked))

    @rule(target=sent, number=source_number, of_all=st.booleans(), late_s=st.sampled_from([0, 0, 0, 400]))
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

    @rule(target=sent, number=source_number, broken=st.booleans())
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
    @rule(target=sent, number=source_number)
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
