"""Connect a login of a simulated institution a second time."""

from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock


def show_accounts_of(app: App, source: str, item_id: str, *, without: int = 0) -> None:
    """Let an item show the accounts and holdings of another one, as a second login at the institution does."""
    items = app.providers.plaid_simulator.state["items"]
    accounts = items[source]["accounts"][without:]
    ids = {one["account_id"]: f"{item_id}-{number}" for number, one in enumerate(accounts)}
    items[item_id]["accounts"] = [one | {"account_id": ids[one["account_id"]]} for one in accounts]
    held = [one for one in items[source]["positions"] if one["account_id"] in ids]
    items[item_id]["positions"] = [one | {"account_id": ids[one["account_id"]]} for one in held]
    items[item_id]["securities"] = items[source]["securities"]


def connect_again(app: App, cookie: str, clock: StoppedClock, first: LinkedSource, *, without: int = 0) -> LinkedSource:
    """Connect the login of `first` once more, and fetch."""
    clock.advance(61)
    again = app.link(cookie, "plaid")
    show_accounts_of(app, first.item_id, again.item_id, without=without)
    assert app.refresh(cookie, "plaid").status == 200
    return again
