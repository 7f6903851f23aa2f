"""Outages of DynamoDB, KMS and Secrets Manager: webhooks fail so that they are resent, reads degrade (I6)."""

import pytest

from tests.support.aws.aws_calls import intercept_calls, refuse_connection
from tests.support.aws.deployment_secrets import CONFIGURED, put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.output import Output
from tests.support.drivers.routes import ROUTES, sent
from tests.support.fakes.clock import StoppedClock

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
READS = [route for route in ROUTES if route.endswith(("/holdings", "/pending-updates")) and route.startswith("GET ")]
REFRESHES = [route for route in ROUTES if route.endswith("/refresh")]


@pytest.fixture(params=PROVIDERS)
def linked(app: App, cookie: str, request: pytest.FixtureRequest, stopped_clock: StoppedClock) -> LinkedSource:
    """A fetched source whose cooldown has expired."""
    linked = app.link_and_refresh(cookie, request.param)
    stopped_clock.advance(61)
    return linked


def test_routes_without_dynamodb_are_503(app: App, cookie: str) -> None:
    for route in ROUTES:
        with intercept_calls(refuse_connection):
            answered = app.request(route, cookie, **sent(route))
        assert answered.status == 503, route
        assert answered.headers["content-type"] == "application/problem+json"
        assert answered.json["type"] == "urn:tidings:problem:store-unavailable"
        assert int(answered.headers["retry-after"]) == answered.json["retry_after"] > 0


@pytest.mark.parametrize("route", READS)
def test_read_without_update_state_is_unknown_with_warning(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, output: Output, route: str
) -> None:
    app.trade(linked)
    with tables.without_table("UpdateStateTable"):
        answered = app.request(route, cookie)
    assert answered.status == 200
    shown = answered.json
    metadata = shown["holdings"]["portfolio_metadata"] if "holdings" in shown else shown
    assert metadata["has_pending_updates"] is False
    assert metadata["state_unknown"] is True
    if "holdings" not in shown:
        assert all(one["state_unknown"] for one in shown.get("providers", {}).values())
        known = app.request(route, cookie, headers={"if-none-match": answered.headers["etag"]})
        assert known.status == 200, "a known state differs from an unknown one"
    assert "state_unknown" not in app.request(route, cookie).text
    assert [line["level"] for line in output.lines_with_message("update state unavailable")] == ["WARNING"]
    assert output.metric_sum("StateUnavailable") == 1


def test_stored_holdings_are_shown_without_update_state(
    app: App, cookie: str, linked: LinkedSource, tables: Tables
) -> None:
    before = app.holdings(cookie)["holdings"]["portfolio_data"]
    with tables.without_table("UpdateStateTable"):
        assert app.holdings(cookie)["holdings"]["portfolio_data"] == before
        assert app.holdings(cookie, linked.provider)["holdings"]["portfolio_data"] == before


@pytest.mark.parametrize("route", REFRESHES)
def test_refresh_without_update_state_is_503_without_provider_call(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, route: str
) -> None:
    app.providers.reset()
    with tables.without_table("UpdateStateTable"):
        answered = app.request(route, cookie)
    assert (answered.status, answered.headers["content-type"]) == (503, "application/problem+json")
    assert app.providers.calls(linked.provider) == []


def test_refresh_without_kms_is_503_and_keeps_holdings(
    app: App, cookie: str, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> None:
    before = tables.rows("HoldingsTable")
    with intercept_calls(refuse_connection, "kms"):
        assert app.refresh(cookie, linked.provider).status == 503
    assert tables.rows("HoldingsTable") == before
    stopped_clock.advance(61)
    assert app.refresh(cookie, linked.provider).status == 200


def test_link_without_kms_stores_no_owner(app: App, cookie: str, tables: Tables) -> None:
    with intercept_calls(refuse_connection, "kms"):
        made = app.request("POST /api/snaptrade/create-connection-url", cookie, body={})
    assert made.status == 503
    assert [row.get("user_id") for row in tables.rows("ProviderItemsTable")] == [None]
    assert tables.rows("UpdateStateTable") == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_webhook_without_secrets_manager_is_503(app: App, provider: ProviderName) -> None:
    source = {"item_id": "i-1"} if provider == "plaid" else {"user_id": "u-1"}
    [caught] = app.providers.capture_webhooks(provider, **source)
    put_secret(provider, dict(CONFIGURED[provider]))
    with intercept_calls(refuse_connection, "secretsmanager"):
        answered = app.deliver(provider, caught)
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
    assert app.deliver(provider, caught).status == 200
