"""The scenarios by name. `all of it` is the size that the design speaks of; each other one is about a few clauses."""

from functools import partial

from verification.model_checker import scenarios as s
from verification.model_checker.invariants import LEFTOVER_LINK_ID
from verification.model_checker.refresh_flows import Provider
from verification.model_checker.scenarios import PLAID, SNAPTRADE, Scenario
from verification.model_checker.status_check_flows import change_silently
from verification.model_checker.worlds import WILDCARD, Head, Table

FAILS = Provider(fails=True)
UPDATE, SECOND_UPDATE = s.update("news"), s.update("more news")
UPDATE_OF_C1, UPDATE_OF_C2 = s.update("news of c1", "c1"), s.update("news of c2", "c2")
UPDATE_OF_ALL = s.update("news of all", WILDCARD)
BROKEN = s.update("broken", status="broken", has_update=False)
FIXED = s.update("fixed", status="ok")
SECOND_UPDATE_OF_ALL = s.update("more of all", WILDCARD)
STALE, SECOND_STALE = s.update("stale", stale=True), s.update("stale too", stale=True)
C2_REMOVED = s.update("c2 ended", "c2", has_update=False, removes="source")
USER_REMOVED = s.update("user ended", WILDCARD, has_update=False, removes="item")

SCENARIOS = {
    "all of it": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first"),
            s.refreshes(clauses, "second", after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="news"),
            s.redelivers(clauses, UPDATE, SECOND_UPDATE),
            s.relinks(clauses),
        ],
    ),
    "two users link": Scenario(
        s.unlinked_plaid(crashes=1),
        lambda clauses: [
            s.links(clauses, "ann", PLAID, PLAID),
            s.links(clauses, "bob", PLAID, PLAID),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="news"),
            s.refreshes(clauses, "first"),
        ],
    ),
    "orphans of a SnapTrade user": Scenario(
        s.unlinked_snaptrade(crashes=1),
        lambda clauses: [
            s.links(clauses, "ann", SNAPTRADE, WILDCARD, update=0),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, UPDATE_OF_C1),
            s.redelivers(clauses, UPDATE_OF_ALL, UPDATE_OF_C1),
            s.refreshes(clauses, "first", SNAPTRADE),
        ],
    ),
    "clicks and outages": Scenario(
        s.linked_plaid(crashes=1, resends=1),
        lambda clauses: [
            s.refreshes(clauses, "first", provider=FAILS, waits=(0, 2)),
            s.refreshes(clauses, "second", provider=FAILS, waits=(0, 2)),
            s.refreshes(clauses, "third", after="second", waits=(0, 2)),
            s.delivers(clauses, UPDATE),
        ],
    ),
    "clocks that differ": Scenario(
        s.linked_plaid().with_truth(clocks_agree=False),
        lambda clauses: [
            s.refreshes(clauses, "first", skew=1, waits=(0, 1)),
            s.refreshes(clauses, "second", waits=(1, 2, 3)),
            s.refreshes(clauses, "third", skew=-1, waits=(1, 3)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="news"),
        ],
    ),
    "conflicts": Scenario(
        s.linked_plaid(conflicts=2, crashes=1),
        lambda clauses: [
            s.delivers(clauses, UPDATE),
            s.redelivers(clauses, UPDATE),
            s.refreshes(clauses, "first"),
            s.unlinks(clauses, PLAID, PLAID),
        ],
    ),
    "a provider that behaves badly": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", provider=Provider(fails=True, returns_empty=True, has_no_holdings=True)),
            s.refreshes(clauses, "second", provider=Provider(has_no_holdings=True), after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="news"),
        ],
    ),
    "a row restored from a backup": Scenario(
        s.linked_snaptrade("c1", wildcard_updates=2),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            s.refreshes(clauses, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.happens_once("restored", s.restore_wildcard_row),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, SECOND_UPDATE_OF_ALL, after="news of all"),
        ],
    ),
    "a snapshot that was left behind": Scenario(
        s.linked_plaid(heads=Table({("ann", PLAID): Head(LEFTOVER_LINK_ID, 7, 7, 0)})),
        lambda clauses: [s.refreshes(clauses, "first"), s.delivers(clauses, UPDATE)],
    ),
    "a health that changes": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.delivers(clauses, BROKEN),
            s.delivers(clauses, FIXED),
            s.redelivers(clauses, BROKEN, FIXED),
            s.refreshes(clauses, "first", waits=(0, 2)),
            s.refreshes(clauses, "second", after="first", waits=(0, 2)),
        ],
    ),
    "a health that was repaired": Scenario(s.repaired_plaid(), lambda clauses: [s.refreshes(clauses, "first")]),
    "a health that was repaired, and breaks again": Scenario(
        s.repaired_plaid(), lambda clauses: [s.refreshes(clauses, "first"), s.delivers(clauses, BROKEN)]
    ),
    "stale events": Scenario(
        s.linked_plaid(),
        lambda clauses: [
            s.delivers(clauses, STALE),
            s.delivers(clauses, SECOND_STALE),
            s.redelivers(clauses, STALE),
            s.refreshes(clauses, "first"),
            s.refreshes(clauses, "second", after="first", waits=(2,)),
        ],
    ),
    "a stale event of what is ended": Scenario(
        s.linked_plaid(),
        lambda clauses: [s.delivers(clauses, STALE), s.refreshes(clauses, "first"), s.unlinks(clauses, PLAID, PLAID)],
    ),
    "news of all": Scenario(
        s.linked_snaptrade("c1", "c2", crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE, FAILS),
            s.refreshes(clauses, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, UPDATE_OF_C1),
        ],
    ),
    "all of it twice": Scenario(
        s.linked_snaptrade("c1"),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            s.refreshes(clauses, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, SECOND_UPDATE_OF_ALL, after="news of all"),
        ],
    ),
    "a new connection, and its end": Scenario(
        s.linked_snaptrade("c1", unknown="c2", crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE, Provider(list_lags=True)),
            s.delivers(clauses, UPDATE_OF_C2),
            s.redelivers(clauses, UPDATE_OF_C2),
            s.delivers(clauses, C2_REMOVED),
        ],
    ),
    "a new connection, twice": Scenario(
        s.linked_snaptrade("c1", unknown="c2"),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            s.delivers(clauses, UPDATE_OF_C2),
            s.delivers(clauses, s.update("more of c2", "c2"), after="news of c2"),
        ],
    ),
    "a list that lags": Scenario(
        s.linked_snaptrade("c1", "c2"),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE, Provider(list_lags=True)),
            s.delivers(clauses, UPDATE_OF_C1),
            s.unlinks(clauses, SNAPTRADE, "c2"),
        ],
    ),
    "the end of everything, and a new beginning": Scenario(
        s.linked_snaptrade("c1"),
        lambda clauses: [
            s.disconnects(clauses, "ann", SNAPTRADE),
            s.refreshes(clauses, "first", SNAPTRADE),
            s.links(clauses, "ann", SNAPTRADE, WILDCARD, update=0, after="ann ends everything"),
            s.happens_once("c1 is connected again", s.reconnect),
            s.delivers(clauses, UPDATE_OF_C1),
        ],
    ),
    "the end of everything, and news of all": Scenario(
        s.linked_snaptrade("c1"),
        lambda clauses: [
            s.disconnects(clauses, "ann", SNAPTRADE),
            s.refreshes(clauses, "first", SNAPTRADE),
            s.links(clauses, "ann", SNAPTRADE, WILDCARD, update=0, after="ann ends everything"),
            s.happens_once("c1 is connected again", s.reconnect),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, SECOND_UPDATE_OF_ALL, after="news of all"),
        ],
    ),
    "looks": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.status_checks(clauses, "a look"),
            s.status_checks(clauses, "another look"),
            s.happens_once("a change that nobody is told of", partial(change_silently, PLAID)),
            s.refreshes(clauses, "first", provider=FAILS),
            s.delivers(clauses, UPDATE),
            s.relinks(clauses),
        ],
    ),
    "paid pulls": Scenario(
        s.linked_plaid(),
        lambda clauses: [
            s.requests_paid_refresh(clauses, "the pull"),
            s.executes_paid_refresh(clauses, "task"),
            s.executes_paid_refresh(clauses, "task again"),
            s.refreshes(clauses, "first", waits=(0, 1)),
            s.refreshes(clauses, "second", after="first", waits=(0, 1)),
            s.refreshes(clauses, "third", after="second", waits=(0, 1)),
        ],
    ),
}

LARGE = {
    "all of it, the clocks differ, and the third webhook is one more": Scenario(
        s.linked_plaid(crashes=1).with_truth(clocks_agree=False),
        lambda clauses: [
            s.refreshes(clauses, "first", skew=1),
            s.refreshes(clauses, "second", after="first", waits=(0, 1, 2)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="news"),
            s.delivers(clauses, s.update("even more news"), after="more news"),
            s.relinks(clauses),
        ],
    ),
}
"""For `make model`."""
