"""GET /holdings/changes: what the latest fetches changed."""

from tests.integration.portfolio.observed_days import connect, refresh
from tests.support.drivers.app import App, LinkedSource
from tests.support.fakes.clock import StoppedClock


def test_changes_of_a_fetch_are_kept(app: App, cookie: str, noon: StoppedClock, linked_plaid: LinkedSource) -> None:
    assert app.request("GET /holdings/changes", cookie).json == {"changes": []}, "a first import changes nothing"
    app.control(linked_plaid, "trade", silent=True)
    noon.advance(61)
    told = app.refresh(cookie).json["holdings"]["portfolio_metadata"]["changes"]
    refresh(app, cookie, noon)  # nothing changed
    [kept] = app.request("GET /holdings/changes", cookie).json["changes"]
    assert {name: kept[name] for name in told} == told
    assert (kept["provider"], kept["source_id"]) == ("plaid", linked_plaid.source_id)


def test_newest_twenty_changes_are_listed_first(app: App, cookie: str, noon: StoppedClock) -> None:
    linked = connect(app, cookie, noon, "snaptrade")
    for _ in range(21):
        app.control(linked, "trade", silent=True)
        refresh(app, cookie, noon)
    instants = [one["at"] for one in app.request("GET /holdings/changes", cookie).json["changes"]]
    assert instants == sorted(instants, reverse=True)
    assert len(instants) == 20
    assert instants[0] == app.holdings(cookie)["holdings"]["portfolio_metadata"]["last_updated"]
