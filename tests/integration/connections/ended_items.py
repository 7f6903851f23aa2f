"""Items that Plaid has ended."""

from collections.abc import Callable

from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock


def end_item(app: App, linked: LinkedSource, error_type: str = "ITEM_ERROR", code: str = "ITEM_NOT_FOUND") -> None:
    """Have Plaid refuse every call about the item."""
    body = {"error_type": error_type, "error_code": code, "error_message": "x"}
    app.control(linked, "faults", path="/", kind="status", status=400, body=body)


def forget_item(app: App, linked: LinkedSource) -> None:
    """Have Plaid forget the item, as if it was removed elsewhere."""
    state = app.providers.plaid_simulator.state
    state["removed"].append(state["items"].pop(linked.item_id)["access_token"])


def ended_item(
    app: App, cookie: str, clock: StoppedClock, end: Callable[[App, LinkedSource], None] = forget_item
) -> LinkedSource:
    """Link an item that then ends, and find that out by a refresh. Afterwards Plaid answers as before."""
    linked = app.link_and_refresh(cookie, "plaid")
    clock.advance(61)
    app.trade(linked)
    end(app, linked)
    assert app.refresh(cookie, "plaid").status == 404
    app.providers.reset()
    return linked
