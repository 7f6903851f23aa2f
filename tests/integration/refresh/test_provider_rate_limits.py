"""All users together stay below each provider's rate limit, at the cost of one write a refresh."""

from typing import Any

import pytest

from tests.support.aws.aws_calls import intercept_calls
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock
from tidings.providers.plaid import holdings as plaid
from tidings.providers.snaptrade import holdings as snaptrade

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
LIMITS = {"plaid": plaid, "snaptrade": snaptrade}
DATA = {"plaid": "/investments/holdings/get", "snaptrade": "/"}
MINUTE_MS = 60_000


@pytest.fixture
def minute(stopped_clock: StoppedClock) -> StoppedClock:
    """The clock, stopped at the beginning of a minute."""
    stopped_clock.round_to_minute()
    return stopped_clock


def count_calls(tables: Tables) -> dict[str, int]:
    """Count the calls of each provider; the same table also counts users' changes."""
    rows = {row["window"].partition("#")[0]: int(row["calls"]) for row in tables.rows("ProviderBudgetsTable")}
    return {budget: calls for budget, calls in rows.items() if budget != "user"}


def allow(monkeypatch: pytest.MonkeyPatch, provider: ProviderName, calls: int) -> None:
    """Limit the calls a minute of all users together."""
    monkeypatch.setattr(LIMITS[provider], "CALLS_PER_MINUTE", -(-calls * 100 // 80))


def test_rate_limits_are_four_fifths_of_provider_limits() -> None:
    assert (plaid.CALLS_PER_MINUTE, snaptrade.CALLS_PER_MINUTE) == (2000, 250)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_refresh_counts_every_call_in_advance(
    app: App, cookie: str, provider: ProviderName, minute: StoppedClock, tables: Tables
) -> None:
    app.link(cookie, provider)
    app.providers.reset()
    app.refresh(cookie, provider)
    made = len(app.providers.calls(provider, DATA[provider]))
    assert made >= 1
    assert count_calls(tables) == {provider: made}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_counting_calls_takes_one_write(
    app: App, cookie: str, provider: ProviderName, minute: StoppedClock, tables: Tables
) -> None:
    """The accounts are known from the last fetch."""
    app.link_and_refresh(cookie, provider)
    minute.advance(61)
    counting: list[str] = []

    def note(model: Any, params: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if '"provider-budgets"' in str(params["body"]):
            counting.append(model.name)

    with intercept_calls(note):
        assert app.refresh(cookie, provider).status == 200
    assert counting == ["UpdateItem"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_refresh_over_rate_limit_returns_429_without_call(
    app: App,
    cookie: str,
    provider: ProviderName,
    minute: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
    tables: Tables,
    output: Output,
) -> None:
    first = app.link(app.sign_in("bob"), provider)
    second = app.link(cookie, provider)
    app.providers.reset()
    allow(monkeypatch, provider, 1 if provider == "plaid" else 7)
    assert app.refresh(app.sign_in("bob"), provider).status == 200
    app.providers.reset()
    minute.advance(18.5)
    refused = app.refresh(cookie, provider)
    assert (refused.status, refused.json["type"]) == (429, "urn:tidings:problem:provider-busy")
    assert 42 <= refused.json["retry_after"] <= 47
    assert refused.headers["retry-after"] == str(refused.json["retry_after"])
    assert app.providers.calls(provider) == []
    assert output.metric_sum("BudgetSpent", provider=provider) == 1
    assert (first.provider, second.provider) == (provider, provider)

    assert app.pending(cookie, provider)["has_pending_updates"] is True
    assert tables.cooldown(provider)["retry_at"] == minute.now + 1000 * refused.json["retry_after"]  # type: ignore[index]
    minute.advance(refused.json["retry_after"])
    assert app.refresh(cookie, provider).status == 200


def test_rate_limited_provider_keeps_other_provider_fresh(
    app: App, cookie: str, minute: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.link(cookie, "plaid")
    app.link(cookie, "snaptrade")
    allow(monkeypatch, "snaptrade", 0)
    refreshed = app.refresh(cookie)
    assert refreshed.status == 200
    outcomes = refreshed.json["holdings"]["portfolio_metadata"]["providers"]
    assert outcomes["plaid"]["status"] == "fresh"
    assert (outcomes["snaptrade"]["status"], outcomes["snaptrade"]["error"]) == ("cooling_down", "provider-busy")
    assert 60 <= outcomes["snaptrade"]["retry_after"] <= 65


def test_refresh_larger_than_rate_limit_continues_next_minute(
    app: App, cookie: str, minute: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest follows in the next minute; fetched sources are kept."""
    linked = [app.link(cookie, "plaid") for _ in range(3)]
    allow(monkeypatch, "plaid", 2)
    app.providers.reset()
    assert refresh_and_read_statuses(app, cookie, linked) == ["cooling_down", "fresh", "fresh"]
    assert len(app.providers.calls("plaid", DATA["plaid"])) == 2
    minute.advance(66)
    assert refresh_and_read_statuses(app, cookie, linked) == ["fresh", "stored", "stored"]


def refresh_and_read_statuses(app: App, cookie: str, linked: list[LinkedSource]) -> list[str]:
    refreshed = app.refresh(cookie, "plaid")
    assert refreshed.status == 200, refreshed.text
    sources = refreshed.json["holdings"]["portfolio_metadata"]["providers"]["plaid"]["sources"]
    return sorted(sources[one.source_id]["status"] for one in linked)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_missing_rate_counter_table_lets_refresh_continue(
    app: App, cookie: str, provider: ProviderName, tables: Tables, output: Output
) -> None:
    """The counter protects money, not data; the provider's own limit still holds."""
    app.link(cookie, provider)
    with tables.without_table("ProviderBudgetsTable"):
        assert app.refresh(cookie, provider).status == 200
    assert [line["aws_error"] for line in output.lines_with_message("rate counter unavailable")] == [
        "ResourceNotFoundException"
    ]
    assert output.metric_sum("BudgetUnavailable", provider=provider) == 1


def test_rate_counter_row_expires(app: App, cookie: str, minute: StoppedClock, tables: Tables) -> None:
    app.link_and_refresh(cookie, "plaid")
    rows = tables.rows("ProviderBudgetsTable")
    this_minute = minute.now // MINUTE_MS
    assert {row["window"] for row in rows} == {f"plaid#{this_minute}", f"user#alice#{this_minute}"}
    assert all(0 < row["expires_at"] - minute.now // 1000 <= 3600 for row in rows)


def test_item_is_called_below_plaid_item_limit(app: App, cookie: str, minute: StoppedClock) -> None:
    """Plaid allows 15 calls a minute for each item; this user clicks every second."""
    app.link(cookie, "plaid")
    app.providers.reset()
    for _ in range(60):
        app.refresh(cookie, "plaid", {"all": True})
        minute.advance(1)
    assert len(app.providers.calls("plaid", DATA["plaid"])) == 1
