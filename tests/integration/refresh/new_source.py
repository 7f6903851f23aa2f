"""Link a source within a cooldown, and let its provider fail."""

from typing import Any

from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, LinkedSource, ProviderName

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
FETCHES: dict[ProviderName, str] = {"plaid": "/investments/holdings/get", "snaptrade": "/authorizations/"}
BROKERS = iter(["FIDELITY", "SCHWAB", "ALPACA", "ROBINHOOD"] * 20)


def link_new(app: App, cookie: str, provider: ProviderName) -> LinkedSource:
    """Link another source, and forget the calls that this took."""
    linked = link_another(app, cookie, provider)
    app.providers.reset()
    return linked


def link_another(app: App, cookie: str, provider: ProviderName) -> LinkedSource:
    if provider == "plaid":
        return app.link(cookie, "plaid")
    linked = LinkedSource("snaptrade", *app.link_snaptrade(cookie, broker=next(BROKERS)))
    app.providers.catcher.captured.clear()
    assert [answered.status for answered in app.send_webhook(linked, event_type="CONNECTION_ADDED")] == [200]
    return linked


def outcome(answered: ApiResponse, provider: str) -> Any:  # noqa: ANN401 - JSON
    assert answered.status == 200, answered.text
    return answered.json["holdings"]["portfolio_metadata"]["providers"][provider]


def problem(answered: ApiResponse) -> tuple[int, str]:
    return answered.status, str(answered.json["type"]).rpartition(":")[2]


def fail(app: App, linked: LinkedSource, **fault: object) -> None:
    """Let the provider fail for one source."""
    if linked.provider == "plaid":
        app.providers.plaid("faults", path=FETCHES["plaid"], item_id=linked.item_id, **fault)
    else:
        app.providers.snaptrade("faults", path=f"/authorizations/{linked.source_id}/accounts", **fault)


def not_ready(app: App, linked: LinkedSource) -> None:
    if linked.provider == "plaid":
        body = {"error_type": "ITEM_ERROR", "error_code": "PRODUCT_NOT_READY", "error_message": "", "request_id": "r"}
        fail(app, linked, kind="status", status=400, body=body)
    else:
        app.control(linked, "sync_status", initial_sync_completed=False)


def make_ready(app: App, linked: LinkedSource) -> None:
    if linked.provider == "snaptrade":
        app.control(linked, "sync_status", initial_sync_completed=True)
    app.providers.reset()
