"""The phases of a refresh around fetches that end as a test says, without I/O."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.fakes.portfolios import snapshot
from tests.support.fakes.product_modules import replace_in_product
from tidings import clock, providers
from tidings.api.request import Request
from tidings.aws import secrets
from tidings.concurrency import remaining_s
from tidings.errors import (
    ProviderError,
    TidingsError,
)
from tidings.holdings import Snapshot
from tidings.model import ProviderName, Source
from tidings.refresh import admission, duplicates, endpoint, first_fetch, paid_refresh
from tidings.refresh.results import FetchResult, ProviderRefresh
from tidings.store import cooldowns, snapshots, user_state
from tidings.store.cooldowns import Cooldown, RunningCooldown
from tidings.store.snapshots import StoredSnapshots
from tidings.store.user_state import UserState

NOW = 1_771_500_000_000
OUTAGE = ProviderError()
RUNNING = RunningCooldown("ann", "plaid", "theirs", retry_at=NOW + 30_000)
ROUTES = {
    "plaid": "POST /plaid/holdings/refresh",
    "snaptrade": "POST /api/snaptrade/holdings/refresh",
    None: "POST /holdings/refresh",
}


class World:
    """`ends`: by provider, its results or the error of its fetch. `stored`: the snapshots before the refresh."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ends: dict[str, Sequence[FetchResult] | TidingsError] = {}
        self.refreshes: dict[ProviderName, ProviderRefresh] = {}
        self.rows: list[Source] = []
        self.stored: list[Snapshot] = []
        self.orphaned: tuple[str, ...] = ()
        self.first_fetched = True
        self.wanted: list[ProviderName] = []
        self.built: list[dict[str, Any]] = []
        self.limits: list[float] = []
        self.released: list[tuple[Any, ...]] = []
        self.cleaned: list[list[str]] = []
        self.compared: list[list[str]] = []
        self.checked: list[str] = []
        self.reads: list[ProviderName | None] = []
        reader = SimpleNamespace(CALLS_PER_MINUTE=9)
        monkeypatch.setattr(clock, "now_ms", lambda: NOW)
        replace_in_product(monkeypatch, time, monotonic=lambda: 100.0)
        monkeypatch.setattr(providers, "holdings_reader", lambda _: reader)
        monkeypatch.setattr(secrets, "app_secret", lambda _: {})
        monkeypatch.setattr(endpoint, "current_user", lambda _: SimpleNamespace(user_id="ann"))
        monkeypatch.setattr(endpoint, "requested_currency", lambda _: "EUR")
        monkeypatch.setattr(endpoint, "ProviderFetch", self._build)
        monkeypatch.setattr(admission, "admit", self._admit)
        monkeypatch.setattr(first_fetch, "run", self._first_fetch)
        monkeypatch.setattr(paid_refresh, "request", lambda _request, user_id, wanted: ("paid", user_id, wanted))
        monkeypatch.setattr(user_state, "read_user_state", lambda _: self.state)
        monkeypatch.setattr(snapshots, "read_snapshots", self._read)
        monkeypatch.setattr(snapshots, "clean_up", lambda _, entries: self.cleaned.append([*entries]))
        monkeypatch.setattr(cooldowns, "release", lambda *given, **more: self.released.append((*given, more)))
        monkeypatch.setattr(
            duplicates, "record_duplicates", lambda _, made, __: self.compared.append([one.provider for one in made])
        )

    @property
    def state(self) -> UserState:
        return UserState(tuple(self.rows), retry_at={})

    def refresh(self, provider: ProviderName | None = "plaid", **body: object) -> Any:  # noqa: ANN401 - a response
        request = Request(ROUTES[provider], "POST", "/", {}, {}, {}, {}, json.dumps(body).encode())
        return endpoint.refresh(request)

    def end(self, provider: ProviderName, *results: FetchResult | TidingsError) -> None:
        """Let the provider be admitted, and its fetch end so."""
        self.refreshes[provider] = ProviderRefresh(provider, cooldown=Cooldown("ann", provider, f"own-{provider}"))
        fetched = [one for one in results if isinstance(one, FetchResult)]
        errors = [one for one in results if isinstance(one, TidingsError)]
        self.ends[provider] = errors[0] if errors else fetched
        self.rows += [Source(provider, one.source_id, "item", "link") for one in fetched]

    def _admit(self, _: str, wanted: Sequence[ProviderName]) -> admission.Admission:
        self.wanted = [*wanted]
        return admission.Admission([self.refreshes[name] for name in wanted if name in self.refreshes], self.state, {})

    def _read(self, _: str, provider: ProviderName | None, now: int) -> StoredSnapshots:
        assert now == NOW
        self.reads.append(provider)
        self.limits += [remaining_s()] if provider is None else []
        return StoredSnapshots({(one.provider, one.source_id): one for one in self.stored}, self.orphaned)

    def _build(self, credentials: Any, _limiter: object, **values: Any) -> Any:  # noqa: ANN401 - a fetch
        self.built.append({**values, "provider": credentials.provider})

        def run() -> Sequence[FetchResult]:
            self.limits.append(remaining_s())
            ends = self.ends[credentials.provider]
            if isinstance(ends, TidingsError):
                raise ends
            return ends

        return SimpleNamespace(
            run=run, deadline=values["deadline"], request_checks=lambda: self.checked.append(credentials.provider)
        )

    def _first_fetch(self, refresh: ProviderRefresh, _first: object, _fetch: object) -> bool:
        refresh.error = None if self.first_fetched else refresh.error
        return self.first_fetched


def new(source_id: str, provider: ProviderName = "plaid", before: Snapshot | None = None) -> FetchResult:
    return FetchResult(source_id, replace(snapshot(provider, source_id), fetch_id="new", digest="new"), before=before)


def failed(source_id: str, error: TidingsError) -> FetchResult:
    return FetchResult(source_id, error=error)


def outcomes(answered: Any) -> Any:  # noqa: ANN401 - JSON
    assert answered["statusCode"] == 200
    return json.loads(answered["body"])["holdings"]["portfolio_metadata"]["providers"]
