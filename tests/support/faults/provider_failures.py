"""Check a refresh's result for each kind of provider response."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock
from tidings.refresh import endpoint

_SHORT_TIMEOUT_S = 5.0
"""For a provider that hangs. The other provider's fetch takes a fraction of it, also on a slow machine."""

COOLDOWN_S = 60
Fault = dict[str, Any]


@dataclass(frozen=True)
class ExpectedFailure:
    """`status` and `problem` of the provider's own route; `outcome` in the combined one.

    `cooldown_s`: the seconds that the user has to wait; 0 if the cooldown was released. `needs_user`: only the user can
    make the connection work again.
    """

    status: int
    problem: str
    outcome: str = "failed"
    flag: Literal["kept", "cleared"] = "kept"
    cooldown_s: int = 0
    reason: str | None = None
    needs_user: bool = False


OUTAGE = ExpectedFailure(502, "provider-outage")
UNUSABLE = ExpectedFailure(502, "unusable-answer")
TOO_SLOW = ExpectedFailure(504, "provider-timeout")
NOT_READY = ExpectedFailure(503, "provider-not-ready")
MISCONFIGURED = ExpectedFailure(503, "provider-misconfigured")


def login_required(reason: str) -> ExpectedFailure:
    return ExpectedFailure(
        409, "reconnect-required", "reconnect_required", cooldown_s=COOLDOWN_S, reason=reason, needs_user=True
    )


def ended(reason: str) -> ExpectedFailure:
    """Return the result of an item that Plaid has ended: nothing is pending, and the user can only connect anew."""
    return ExpectedFailure(404, "gone", flag="cleared", reason=reason, needs_user=True)


def rate_limited(seconds: int) -> ExpectedFailure:
    return ExpectedFailure(429, "provider-limit", "cooling_down", cooldown_s=seconds)


def nothing_to_fetch(reason: str) -> ExpectedFailure:
    """Return the only result that is no failure: 200, and the update is cleared."""
    return ExpectedFailure(200, "not-offered", flag="cleared", cooldown_s=COOLDOWN_S, reason=reason)


TRANSPORT: dict[str, tuple[Fault, ExpectedFailure]] = {
    "500": ({"kind": "status", "status": 500}, OUTAGE),
    "502 with a page": ({"kind": "status", "status": 502, "body": "<html>Bad gateway</html>"}, OUTAGE),
    "503": ({"kind": "status", "status": 503}, OUTAGE),
    "no time": ({"kind": "delay", "delay_s": 15}, TOO_SLOW),
    "a byte now and then": ({"kind": "trickle", "delay_s": 0.1}, TOO_SLOW),
    "malformed JSON": ({"kind": "malformed"}, OUTAGE),
    "a page": ({"kind": "malformed", "body": "<html></html>"}, OUTAGE),
    "not a number": ({"kind": "malformed", "body": '{"holdings": NaN}'}, OUTAGE),
    "a truncated body": ({"kind": "truncated"}, OUTAGE),
    "a closed connection": ({"kind": "close"}, OUTAGE),
    "a redirect": ({"kind": "redirect"}, OUTAGE),
    "another redirect": ({"kind": "redirect", "status": 307}, OUTAGE),
}
"""Faults that every provider can have."""


def one_of_each_problem(table: dict[str, tuple[Fault, ExpectedFailure]]) -> dict[str, tuple[Fault, ExpectedFailure]]:
    """Return the first fault of each problem: what the combined route makes of a fault depends on its problem alone."""
    first_by_problem = {expected.problem: name for name, (_, expected) in reversed(table.items())}
    return {name: table[name] for name in first_by_problem.values()}


@dataclass
class RefreshScenario:
    """A user with one linked source whose provider responds as ordered."""

    app: App
    cookie: str
    clock: StoppedClock
    monkeypatch: pytest.MonkeyPatch
    provider: ProviderName
    path: str
    linked: LinkedSource = field(init=False)

    def __post_init__(self) -> None:
        self.linked = self.app.link(self.cookie, self.provider)

    def inject(self, fault: Fault) -> None:
        if fault["kind"] in {"delay", "trickle"}:
            self.monkeypatch.setattr(endpoint, "_PROVIDERS_TIMEOUT_S", _SHORT_TIMEOUT_S)
        simulator = self.app.providers.plaid if self.provider == "plaid" else self.app.providers.snaptrade
        simulator("faults", **{"path": self.path, **fault})

    def check_provider_route(self, expected: ExpectedFailure) -> None:
        """Check the provider's own route, and the state afterwards."""
        answered = self.app.refresh(self.cookie, self.provider)
        assert answered.status == expected.status, answered.text
        if expected.status == 200:
            self._check_outcome(answered.json, expected)
        else:
            assert answered.json["type"] == f"urn:tidings:problem:{expected.problem}"
        if expected.status == 429:
            assert (answered.headers["retry-after"], answered.json["retry_after"]) == (
                str(expected.cooldown_s),
                expected.cooldown_s,
            )
        self._check_state(expected)

    def check_combined_route(self, expected: ExpectedFailure) -> None:
        """Check the combined route: the other provider is fresh, and this provider has its own outcome."""
        other: ProviderName = "snaptrade" if self.provider == "plaid" else "plaid"
        self.app.link(self.cookie, other)
        answered = self.app.refresh(self.cookie)
        assert answered.status == 200, answered.text
        outcomes = answered.json["holdings"]["portfolio_metadata"]["providers"]
        assert outcomes[other]["status"] == "fresh"
        self._check_outcome(answered.json, expected)
        self._check_state(expected)

    def _check_outcome(self, body: Any, expected: ExpectedFailure) -> None:  # noqa: ANN401 - JSON
        outcome = body["holdings"]["portfolio_metadata"]["providers"][self.provider]
        assert (outcome["status"], outcome["error"]) == (expected.outcome, expected.problem)
        source = outcome["sources"][self.linked.source_id]
        assert (source["status"], source["error"]) == (expected.outcome, expected.problem)
        if expected.status == 429:
            assert outcome["retry_after"] == expected.cooldown_s
        assert body["holdings"]["portfolio_metadata"]["has_pending_updates"] is (expected.flag == "kept")

    def _check_state(self, expected: ExpectedFailure) -> None:
        pending = self.app.pending(self.cookie, self.provider)
        assert pending["has_pending_updates"] is (expected.flag == "kept")
        assert pending["reconnect_required"] is expected.needs_user
        [listed] = [one for one in self._connections() if one["provider"] == self.provider]
        assert listed["status_reason"] == expected.reason
        self._check_cooldown(expected.cooldown_s)

    def _check_cooldown(self, seconds: int) -> None:
        if seconds:
            self.clock.advance(seconds - 1)
            assert self.app.pending(self.cookie, self.provider)["refresh_available_at"] is not None
            self.clock.advance(1)
        assert self.app.pending(self.cookie, self.provider)["refresh_available_at"] is None

    def _connections(self) -> Any:  # noqa: ANN401 - JSON
        return self.app.request("GET /connections", self.cookie).json["connections"]
