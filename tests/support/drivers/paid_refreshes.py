"""Request paid refreshes and read their progress."""

from typing import Any

from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import PREFIXES, App, LinkedSource
from tests.support.drivers.waiting import wait_until

PAID = {"paid": True}


def paid_calls(app: App) -> list[str]:
    asked = [call["path"] for name in PREFIXES for call in app.providers.calls(name)]
    return [path for path in asked if path.endswith("/refresh") or "balance/get" in path]


def paid_refresh_status(app: App, cookie: str, provider: str | None = None) -> Any:  # noqa: ANN401 - JSON
    answered = app.request(f"GET {PREFIXES.get(provider or '', '')}/holdings/refresh", cookie)
    assert answered.status == 200, answered.text
    return answered.json


def request_paid_refresh(app: App, cookie: str, linked: LinkedSource) -> ApiResponse:
    answered = app.refresh(cookie, linked.provider, PAID)
    assert answered.status == 202, answered.text
    return answered


def fail_paid_refresh(app: App, linked: LinkedSource, **answer: object) -> None:
    simulator = app.providers.plaid if linked.provider == "plaid" else app.providers.snaptrade
    path = "/investments/refresh" if linked.provider == "plaid" else f"/authorizations/{linked.source_id}/refresh"
    simulator("faults", path=path, **answer)


def deliver_paid_refresh(app: App, linked: LinkedSource) -> list[ApiResponse]:
    """Deliver the webhooks that the provider sends, in the background, after a paid refresh."""
    wait_until(lambda: app.providers.catcher.captured, "the provider told nothing")
    return app.deliver_all(linked.provider)
