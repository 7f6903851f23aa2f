"""A provider without keys: its routes return 503, and the other provider works."""

import pytest

from tests.support.aws.deployment_secrets import CONFIGURED, put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App, ProviderName
from tests.support.drivers.routes import ROUTES, sent

PREFIXES: dict[ProviderName, str] = {"plaid": "/plaid/", "snaptrade": "/api/snaptrade/"}
OTHER: dict[ProviderName, ProviderName] = {"plaid": "snaptrade", "snaptrade": "plaid"}
CALLING = [
    (provider, route)
    for provider, prefix in PREFIXES.items()
    for route in ROUTES
    if route.startswith("POST ") and prefix in route
]


@pytest.mark.parametrize(("provider", "route"), CALLING)
@pytest.mark.parametrize("missing", ["all", "key"])
def test_routes_of_unconfigured_provider_are_503(
    app: App, cookie: str, tables: Tables, provider: ProviderName, route: str, missing: str
) -> None:
    put_secret(provider, {} if missing == "all" else {"client_id": CONFIGURED[provider]["client_id"]})
    if route == "POST /plaid/complete-connection":
        token = create_bound_token(app, cookie)
        put_secret(provider, {})
        answered = app.request(route, cookie, body={"link_token": token})
    else:
        answered = app.request(route, cookie, **sent(route))
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:not-configured")
    assert provider in answered.json["detail"]
    assert tables.rows("UpdateStateTable") == []


def create_bound_token(app: App, cookie: str) -> str:
    put_secret("plaid", dict(CONFIGURED["plaid"]))
    token: str = app.request("POST /plaid/create-connection-url", cookie, body={}).json["link_token"]
    return token


@pytest.mark.parametrize("provider", OTHER)
def test_disconnect_at_unconfigured_provider_is_503(
    app: App, cookie: str, tables: Tables, provider: ProviderName
) -> None:
    linked = app.link(cookie, provider)
    put_secret(provider, {})
    before = tables.contents()
    name = "item_id" if provider == "plaid" else "connection_id"
    route = next(one for one in ROUTES if one.startswith("DELETE ") and f"{{{name}}}" in one)
    answered = app.request(route, cookie, parameters={name: linked.source_id})
    assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:not-configured")
    assert tables.contents() == before


@pytest.mark.parametrize("provider", OTHER)
def test_stored_data_of_unconfigured_provider_is_readable(app: App, cookie: str, provider: ProviderName) -> None:
    app.link_and_refresh(cookie, provider)
    put_secret(provider, {})
    assert app.holdings(cookie, provider)["holdings"]["portfolio_data"]["holdings"]
    assert app.pending(cookie, provider)["generation"] > 0


@pytest.mark.parametrize("provider", OTHER)
def test_other_provider_works_while_one_is_unconfigured(app: App, cookie: str, provider: ProviderName) -> None:
    put_secret(provider, {})
    other = OTHER[provider]
    linked = app.link_and_refresh(cookie, other)
    assert [answered.status for answered in app.send_webhook(linked)] == [200]
    assert app.pending(cookie, other)["has_pending_updates"] is True
    assert app.refresh(cookie).status == 429


@pytest.mark.parametrize("spoilt", ["half a surrogate: \ud800", "[" * 20_000], ids=["no text", "no JSON"])
def test_malformed_provider_secret_is_503(app: App, cookie: str, spoilt: str) -> None:
    put_secret("snaptrade", spoilt if spoilt.startswith("[") else {"client_id": "x", "consumer_key": spoilt})
    for route in ("POST /api/snaptrade/create-connection-url", "POST /api/snaptrade/webhook"):
        answered = app.request(route, cookie, body={})
        assert (answered.status, answered.json["type"]) == (503, "urn:tidings:problem:store-unavailable")
