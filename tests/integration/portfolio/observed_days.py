"""Fetch holdings on chosen days, and read their history."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.exchange_rates import check_total

DAY_S = 24 * 3600


def connect(app: App, cookie: str, clock: StoppedClock, provider: ProviderName) -> LinkedSource:
    """Connect at the provider, whose webhooks are of the present, and fetch at the test's time."""
    at = clock.now
    set_present(clock)
    linked = app.link(cookie, provider)
    clock.now = at
    answered = app.refresh(cookie, provider)
    assert answered.status == 200, answered.text
    return linked


def set_present(clock: StoppedClock) -> None:
    clock.now = time.time_ns() // 1_000_000


def move_prices(app: App, linked: LinkedSource) -> None:
    app.control(linked, "prices", percent=10, silent=True)


def today(clock: StoppedClock) -> str:
    return datetime.fromtimestamp(clock.now / 1000, UTC).date().isoformat()


def request_history(app: App, cookie: str | None, query: Mapping[str, str] | None = None, **sent: Any) -> ApiResponse:  # noqa: ANN401
    return app.request("GET /holdings/history", cookie, changed={"queryStringParameters": dict(query or {})}, **sent)


def read_history(app: App, cookie: str, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    answered = request_history(app, cookie, query)
    assert answered.status == 200, answered.text
    for point in json.loads(answered.text, parse_float=Decimal, parse_int=Decimal)["points"]:
        check_total(point["converted_total"], point["totals_by_currency"])
    return named_sources(answered.json)


def named_sources(history: Any) -> Any:  # noqa: ANN401 - JSON
    """Put the history's sources into each point, beside the instants of their data, as a reader would."""
    for point in history["points"]:
        point["sources"] = [
            {**source, "as_of": as_of, "fetched": as_of.startswith(point["date"])}
            for source, as_of in zip(history["sources"], point.pop("as_of"), strict=True)
            if as_of is not None
        ]
        assert point["complete"] == all(one["fetched"] for one in point["sources"])
    del history["sources"]
    return history


def read_points(app: App, cookie: str) -> list[Any]:
    points: list[Any] = read_history(app, cookie)["points"]
    return points


def shown_totals(app: App, cookie: str) -> Any:  # noqa: ANN401 - JSON
    return app.holdings(cookie)["holdings"]["portfolio_data"]["totals_by_currency"]


def refresh(app: App, cookie: str, clock: StoppedClock, provider: str | None = None) -> None:
    clock.advance(61)
    assert app.refresh(cookie, provider).status == 200
