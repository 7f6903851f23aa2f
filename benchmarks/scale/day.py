"""Play one trading day, event by event: every webhook, poll, GET and click has a time of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale import users
from benchmarks.scale.checks import Checks, play_checks
from benchmarks.scale.parameters import Behaviour, Limits, Times, Workload
from benchmarks.scale.queues import Times as Instants
from benchmarks.scale.queues import (
    accept_by_bucket,
    accept_by_concurrency,
    count_levels,
    find_cold_starts,
    find_peaks,
    limit_per_minute,
)
from benchmarks.scale.units import Flow, Units

SERIES_S = 300
_RETRY_S = 30.0
"""After which a provider sends a webhook again that Lambda refused."""
_ON_WHOLE_CPU = ("holdings", "refresh")
_WEBHOOKS: tuple[Flow, Flow] = ("webhook_plaid", "webhook_snaptrade")


@dataclass(frozen=True)
class Spread:
    """A distribution in seconds."""

    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    longest: float = 0.0

    @classmethod
    def of_values(cls, values: Instants) -> "Spread":
        if not values.size:
            return cls()
        p50, p95, p99 = np.percentile(values, [50, 95, 99])
        return cls(float(p50), float(p95), float(p99), float(values.max()))


@dataclass
class Wait:
    """Users whom a provider's limit made wait, and for how long."""

    users: int = 0
    gave_up: int = 0
    waits: Spread = field(default_factory=Spread)


@dataclass
class Day:
    """What happened. `counts`: requests and messages by flow; `peaks`: the highest figure of each limited resource."""

    users: int
    behaviour: str
    counts: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    throttled: dict[str, int] = field(default_factory=dict)
    gb_seconds: float = 0.0
    environments: float = 0.0
    cold: dict[str, int] = field(default_factory=dict)
    pending: Spread = field(default_factory=Spread)
    banner_open: Spread = field(default_factory=Spread)
    banner_closed: Spread = field(default_factory=Spread)
    open_share: float = 0.0
    waits: dict[str, Wait] = field(default_factory=dict)
    checks: Checks = field(default_factory=Checks)
    series: dict[str, list[float]] = field(default_factory=dict)


@dataclass
class Simulation:
    """Plays one day for one set of parameters. The same seed gives the same day."""

    workload: Workload
    behaviour: Behaviour
    limits: Limits
    units: Units
    times: Times = field(default_factory=Times)
    seed: int = 20260219
    service_s: dict[Flow, float] | None = None
    """Measured service times instead of computed ones, for a run that is no AWS."""

    def __post_init__(self) -> None:
        self._generator = np.random.default_rng(self.seed)
        self.day = Day(self.workload.users, self.behaviour.name)
        self._units_per_s = np.zeros((2, int(self.workload.day_s) + 1))
        self._running_per_s = np.zeros(int(self.workload.day_s) + 1, np.int64)

    def play(self) -> Day:
        """Play the webhooks, the polls, the banners and refreshes, and last the reconciler."""
        visible = users.sessions(self.workload, self._generator)
        pending_at = self._play_webhooks()
        polls = self._play_polls(visible)
        banners = users.show_banners(self.workload, pending_at, polls, self._generator)
        self._record_banners(pending_at, banners.shown_at, visible)
        self._play_refreshes(banners)
        self._play_checks()
        self._record_peaks()
        return self.day

    def _play_webhooks(self) -> Instants:
        sent_at = users.webhook_times(self.workload, self._generator)
        pending_at = np.empty_like(sent_at)
        for number, flow in enumerate(_WEBHOOKS):
            order = np.argsort(sent_at[number])
            starts = sent_at[number][order]
            durations = self._run(flow, starts, np.zeros(starts.size, np.int64), [flow])
            accepted = accept_by_concurrency(starts, durations, self._available)
            self.day.throttled[flow] = int(np.count_nonzero(~accepted))
            pending_at[number, order] = starts + durations + np.where(accepted, 0.0, _RETRY_S)
        self.day.pending = Spread.of_values((pending_at - sent_at).ravel())
        return pending_at

    def _play_polls(self, visible: users.Visible) -> Instants:
        """Play polls of visible and hidden pages. Returns the visible ones; refused ones are infinite."""
        hidden = users.hidden_polls(self.workload, self.behaviour, self._generator)
        told = self._run_route("poll", {"poll": np.concatenate([visible.polls.ravel(), hidden])})
        self._run_route("holdings", {"holdings": visible.begins.ravel()})
        shown: Instants = told[: visible.polls.size].reshape(visible.polls.shape)
        return shown

    def _record_banners(self, pending_at: Instants, shown_at: Instants, visible: users.Visible) -> None:
        waited = shown_at - pending_at
        seen = np.isfinite(waited)
        opened = np.stack([users.is_open(self.workload, visible.begins, row) for row in pending_at])
        opened &= waited <= self.workload.session_s  # who leaves before the next poll sees the banner another time
        self.day.open_share = float(np.mean(opened))
        self.day.banner_open = Spread.of_values(waited[opened])
        self.day.banner_closed = Spread.of_values(waited[seen & ~opened])

    def _play_refreshes(self, banners: users.Banners) -> None:
        """Limit each provider's part by itself, then play the requests: one per click, and one per repeated attempt.

        A click on the banner refreshes both providers, whichever has the update.
        """
        clicks = self._in_day(np.sort(banners.clicks[np.isfinite(banners.clicks)]))
        repeats = []
        for provider in users.SOURCES:
            limited = limit_per_minute(clicks, self._allowed(provider), self.workload.patience, self._generator)
            waited = limited.waits[limited.waits > 0]
            self.day.waits[provider] = Wait(waited.size + limited.gave_up, limited.gave_up, Spread.of_values(waited))
            self._record_calls(provider, clicks, limited.waits)
            repeats.append(limited.repeats)
        requests: dict[Flow, Instants] = {"refresh": clicks, "refresh_refused": np.concatenate(repeats)}
        self._run_route("refresh", {flow: at[at < self.workload.day_s] for flow, at in requests.items()})

    def _record_calls(self, provider: str, wanted_at: Instants, waits: Instants) -> None:
        served = wanted_at + waits
        calls = self._calls(provider)
        for name, at in ((f"{provider}_wanted", wanted_at), (f"{provider}_served", served[np.isfinite(served)])):
            per_minute = np.bincount((at // 60).astype(np.int64), minlength=1) * calls
            self.day.peaks[f"{name}_per_minute"] = float(per_minute.max())
            self.day.series[name] = self._series(at, calls / (SERIES_S / 60))

    def _play_checks(self) -> None:
        service_s = self._service_s("check")
        self.day.checks = play_checks(self.workload, self.behaviour, self.limits, self.times, service_s)
        self.day.counts["check"] = self.day.checks.messages
        self.day.gb_seconds += self._memory_mb("check") / 1024 * self.day.checks.messages * service_s

    def _run_route(self, route: str, requests: dict[Flow, Instants]) -> Instants:
        """Throttle a route's requests, and run its function for the rest. Returns the times, infinite if refused."""
        flows = list(requests)
        times = np.concatenate(list(requests.values()))
        kinds = np.repeat(np.arange(len(flows)), [at.size for at in requests.values()])
        order = np.argsort(times)
        starts = times[order]
        accepted = accept_by_bucket(starts, self.limits.route_rate, self.limits.route_burst)
        self.day.throttled[route] = int(np.count_nonzero(~accepted))
        self.day.counts[f"{route}_requests"] = starts.size
        self.day.peaks[f"{route}_per_s"] = float(np.bincount(starts.astype(np.int64), minlength=1).max())
        admitted = order[accepted]
        self._run(route, times[admitted], kinds[admitted], flows)
        told = np.full(times.size, np.inf)
        told[admitted] = times[admitted]
        return told

    def _run(self, name: str, starts: Instants, kinds: NDArray[np.int64], flows: Sequence[Flow]) -> Instants:
        """Run a function for each arrival. Returns the durations, cold starts included."""
        durations = np.array([self._service_s(flow) for flow in flows])[kinds]
        if self.service_s is None and name == "refresh":
            calls = np.array([flow != "refresh_refused" for flow in flows])[kinds]
            noise = self._generator.lognormal(0.0, self.times.provider_sigma, starts.size)
            durations = durations + calls * self.times.provider_s * noise
        levels = count_levels(starts, starts + durations)
        self._running_per_s += find_peaks(starts, levels, self.workload.day_s)
        found = find_cold_starts(starts, levels, self.limits.kept_s, self.workload.day_s)
        if self.service_s is None:
            cold_s = np.array([self.times.start_s + self.units.cold_ms[flow] / 1000 for flow in flows])[kinds]
            durations = durations + found.cold * cold_s
        day = self.day
        day.cold[name] = int(np.count_nonzero(found.cold))
        day.environments += float(found.alive)
        day.peaks[f"{name}_started_in_10s"] = found.started_in_10s
        day.series[name] = self._series(starts, 1 / SERIES_S)
        for kind, flow in enumerate(flows):
            chosen = kinds == kind
            day.counts[flow] = int(np.count_nonzero(chosen))
            day.gb_seconds += self._memory_mb(flow) / 1024 * float(durations[chosen].sum())
            self._add_units(flow, starts[chosen])
        return durations

    def _add_units(self, flow: Flow, starts: Instants) -> None:
        per_s = np.bincount(starts.astype(np.int64), minlength=self._units_per_s.shape[1])
        unit = self.units.flows[flow]
        self._units_per_s[0] += unit.read_units * per_s[: self._units_per_s.shape[1]]
        self._units_per_s[1] += unit.write_units * per_s[: self._units_per_s.shape[1]]

    def _record_peaks(self) -> None:
        """Add up all functions second by second, which is at least what runs at any moment of it."""
        self.day.peaks["concurrency"] = int(self._running_per_s.max()) + 3 * self.behaviour.background_concurrency
        self.day.throttled["account"] = int(np.maximum(self._running_per_s - self._available, 0).sum())
        self.day.peaks["read_units_per_s"], self.day.peaks["write_units_per_s"] = self._units_per_s.max(axis=1).tolist()

    def _service_s(self, flow: Flow) -> float:
        """Return a warm invocation's time without the provider: CPU at the memory's share, and round trips."""
        if self.service_s is not None:
            return self.service_s[flow]
        unit = self.units.flows[flow]
        share = min(1.0, self._memory_mb(flow) / self.behaviour.whole_cpu_mb)
        return unit.cpu_ms / 1000 / share + unit.calls * self.times.call_s

    def _memory_mb(self, flow: Flow) -> int:
        if flow == "poll":
            return self.behaviour.poll_memory_mb
        return self.behaviour.whole_cpu_mb if flow.startswith(_ON_WHOLE_CPU) else self.behaviour.memory_mb

    def _allowed(self, provider: str) -> int:
        """Return how many users' fetches the provider's limit allows in a minute."""
        per_minute = self.limits.plaid_per_minute if provider == "plaid" else self.limits.snaptrade_per_minute
        return max(1, int(self.limits.user_share * per_minute / max(1.0, self._calls(provider))))

    def _calls(self, provider: str) -> float:
        unit = self.units.flows["refresh"]
        return unit.plaid_calls if provider == "plaid" else unit.snaptrade_calls

    @property
    def _available(self) -> int:
        """Return the account's concurrency without what the queues may take."""
        return max(1, self.limits.concurrency - 3 * self.behaviour.background_concurrency)

    def _in_day(self, at: Instants) -> Instants:
        """Move tomorrow's clicks into today, which they resemble."""
        return np.mod(at, self.workload.day_s) if self.workload.repeats else at

    def _series(self, at: Instants, factor: float) -> list[float]:
        bins = np.bincount((at // SERIES_S).astype(np.int64), minlength=int(self.workload.day_s // SERIES_S))
        return [round(float(value), 4) for value in bins[: int(self.workload.day_s // SERIES_S)] * factor]
