"""List the scenarios by name: `everything at once` combines most flows; each of the others tests a few clauses."""

from functools import partial

from verification.model_checker import exchange_flows, first_fetch_scenarios, history_scenarios
from verification.model_checker import scenarios as s
from verification.model_checker.invariants import LEFTOVER_LINK_ID
from verification.model_checker.provider_calls import Provider
from verification.model_checker.scenarios import PLAID, SNAPTRADE, Scenario
from verification.model_checker.status_check_flows import change_silently
from verification.model_checker.worlds import WILDCARD, Exchange, Head, Schedule, Table

FAILS = Provider(fails=True)
REPORTS_END = Provider(reports_end=True)
UPDATE, SECOND_UPDATE = s.update("update"), s.update("second update")
UPDATE_OF_C1, UPDATE_OF_C2 = s.update("update of c1", "c1"), s.update("update of c2", "c2")
UPDATE_OF_ALL = s.update("wildcard update", WILDCARD)
BROKEN = s.update("broken", status="broken", has_update=False)
FIXED = s.update("fixed", status="ok")
REPAIRED = s.update("repaired", status="ok", has_update=False)
SECOND_UPDATE_OF_ALL = s.update("second wildcard update", WILDCARD)
STALE, SECOND_STALE = s.update("stale", stale=True), s.update("second stale", stale=True)
USER_DELETED = s.update("user deleted", WILDCARD, has_update=False, removes="item")
C2_REMOVED = s.update("c2 removed", "c2", has_update=False, removes="source")

SCENARIOS = {
    "everything at once": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first"),
            s.refreshes(clauses, "second", after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="update"),
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
            s.delivers(clauses, SECOND_UPDATE, after="update"),
            s.refreshes(clauses, "first"),
        ],
    ),
    "one token, exchanged by the browser and a task": Scenario(
        s.unlinked_plaid(crashes=1, exchange=Exchange(outages=2)),
        lambda clauses: [
            s.exchanges(clauses, "browser"),
            s.exchanges(clauses, "task"),
            s.happens_once("the lease expires", exchange_flows.expire_lease),
            s.takes_effect_later(clauses),
        ],
    ),
    "a user who ends everything during an exchange": Scenario(
        s.unlinked_plaid(crashes=1, exchange=Exchange(outages=1)),
        lambda clauses: [
            s.exchanges(clauses, "browser"),
            s.exchanges(clauses, "task"),
            s.ends_everything(clauses),
            s.happens_once("the user connects again", exchange_flows.reopen),
            s.happens_once("the lease expires", exchange_flows.expire_lease),
            s.takes_effect_later(clauses),
        ],
    ),
    "orphans of a SnapTrade user": Scenario(
        s.unlinked_snaptrade(crashes=1),
        lambda clauses: [
            s.links(clauses, "ann", SNAPTRADE, WILDCARD, updates=0),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, UPDATE_OF_C1),
            s.redelivers(clauses, UPDATE_OF_ALL, UPDATE_OF_C1),
            s.refreshes(clauses, "first", SNAPTRADE),
        ],
    ),
    "refreshes and outages": Scenario(
        s.linked_plaid(crashes=1, resends=1),
        lambda clauses: [
            s.refreshes(clauses, "first", provider=FAILS, waits=(0, 2)),
            s.refreshes(clauses, "second", provider=FAILS, waits=(0, 2)),
            s.refreshes(clauses, "third", after="second", waits=(0, 2)),
            s.delivers(clauses, UPDATE),
        ],
    ),
    "clock skew": Scenario(
        s.linked_plaid().with_truth(clocks_agree=False),
        lambda clauses: [
            s.refreshes(clauses, "first", skew=1, waits=(0, 1)),
            s.refreshes(clauses, "second", waits=(1, 2, 3)),
            s.refreshes(clauses, "third", skew=-1, waits=(1, 3)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="update"),
        ],
    ),
    "write conflicts": Scenario(
        s.linked_plaid(conflicts=2, crashes=1),
        lambda clauses: [
            s.delivers(clauses, UPDATE),
            s.redelivers(clauses, UPDATE),
            s.refreshes(clauses, "first"),
            s.unlinks(clauses, PLAID, PLAID),
        ],
    ),
    "provider failures": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", provider=Provider(fails=True, returns_empty=True, has_no_holdings=True)),
            s.refreshes(clauses, "second", provider=Provider(has_no_holdings=True), after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, SECOND_UPDATE, after="update"),
        ],
    ),
    "wildcard row restored from a backup": Scenario(
        s.linked_snaptrade("c1", wildcard_updates=2),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            s.refreshes(clauses, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.happens_once("restored", s.restore_wildcard_row),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, SECOND_UPDATE_OF_ALL, after="wildcard update"),
        ],
    ),
    "leftover snapshot": Scenario(
        s.linked_plaid(heads=Table({("ann", PLAID): Head(LEFTOVER_LINK_ID, 7, 7, 0)})),
        lambda clauses: [s.refreshes(clauses, "first"), s.delivers(clauses, UPDATE)],
    ),
    "status changes": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.delivers(clauses, BROKEN),
            s.delivers(clauses, FIXED),
            s.redelivers(clauses, BROKEN, FIXED),
            s.refreshes(clauses, "first", waits=(0, 2)),
            s.refreshes(clauses, "second", after="first", waits=(0, 2)),
        ],
    ),
    "repair without an event": Scenario(s.repaired_plaid(), lambda clauses: [s.refreshes(clauses, "first")]),
    "repair without an event, then a new failure": Scenario(
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
    "refused by a clock that is ahead": Scenario(
        s.linked_plaid().with_truth(clocks_agree=False),
        lambda clauses: [
            s.refreshes(clauses, "first", skew=1),
            s.delivers(clauses, STALE),
            s.redelivers(clauses, STALE._replace(stale=False)),
            s.refreshes(clauses, "second", after="first", waits=(3,)),
        ],
    ),
    "stale event of a removed source": Scenario(
        s.linked_plaid(),
        lambda clauses: [s.delivers(clauses, STALE), s.refreshes(clauses, "first"), s.unlinks(clauses, PLAID, PLAID)],
    ),
    "wildcard update": Scenario(
        s.linked_snaptrade("c1", "c2", crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE, FAILS),
            s.refreshes(clauses, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, UPDATE_OF_C1),
        ],
    ),
    "two wildcard updates": Scenario(
        s.linked_snaptrade("c1"),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            s.refreshes(clauses, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, SECOND_UPDATE_OF_ALL, after="wildcard update"),
        ],
    ),
    "new connection, then its removal": Scenario(
        s.linked_snaptrade("c1", unknown="c2", crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE, Provider(list_lags=True)),
            s.delivers(clauses, UPDATE_OF_C2),
            s.redelivers(clauses, UPDATE_OF_C2),
            s.delivers(clauses, C2_REMOVED),
        ],
    ),
    "two updates of a new connection": Scenario(
        s.linked_snaptrade("c1", unknown="c2"),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE),
            s.delivers(clauses, UPDATE_OF_C2),
            s.delivers(clauses, s.update("second update of c2", "c2"), after="update of c2"),
        ],
    ),
    "outdated connection list": Scenario(
        s.linked_snaptrade("c1", "c2"),
        lambda clauses: [
            s.refreshes(clauses, "first", SNAPTRADE, Provider(list_lags=True)),
            s.delivers(clauses, UPDATE_OF_C1),
            s.unlinks(clauses, SNAPTRADE, "c2"),
        ],
    ),
    "disconnect and reconnect": Scenario(
        s.linked_snaptrade("c1"),
        lambda clauses: [
            s.disconnects(clauses, "ann", SNAPTRADE),
            s.refreshes(clauses, "first", SNAPTRADE),
            s.links(clauses, "ann", SNAPTRADE, WILDCARD, updates=0, after="ann disconnects"),
            s.happens_once("c1 is reconnected", s.reconnect),
            s.delivers(clauses, UPDATE_OF_C1),
        ],
    ),
    "disconnect, reconnect and wildcard updates": Scenario(
        s.linked_snaptrade("c1"),
        lambda clauses: [
            s.disconnects(clauses, "ann", SNAPTRADE),
            s.refreshes(clauses, "first", SNAPTRADE),
            s.links(clauses, "ann", SNAPTRADE, WILDCARD, updates=0, after="ann disconnects"),
            s.happens_once("c1 is reconnected", s.reconnect),
            s.delivers(clauses, UPDATE_OF_ALL),
            s.delivers(clauses, SECOND_UPDATE_OF_ALL, after="wildcard update"),
        ],
    ),
    "deleted user who registers anew": Scenario(
        s.linked_snaptrade("c1", crashes=1),
        lambda clauses: [
            s.delivers(clauses, USER_DELETED),
            s.redelivers(clauses, USER_DELETED),
            s.registers_anew(clauses, USER_DELETED),
            s.happens_once("c2 is connected", s.connect_after_registration),
            s.delivers(clauses, UPDATE_OF_C2),
        ],
    ),
    "an item that ends and works again": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", provider=Provider(ends=True), waits=(0, 2)),
            s.refreshes(clauses, "second", after="first", waits=(0, 2)),
            s.delivers(clauses, UPDATE),
            s.delivers(clauses, REPAIRED),
        ],
    ),
    "reports that an item has ended": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.refreshes(clauses, "first", provider=REPORTS_END),
            s.refreshes(clauses, "second", provider=REPORTS_END, waits=(0, 2)),
            s.refreshes(clauses, "third", provider=REPORTS_END, after="second", waits=(1, 3)),
            s.delivers(clauses, UPDATE),
        ],
    ),
    "status checks": Scenario(
        s.linked_plaid(crashes=1),
        lambda clauses: [
            s.checks_status(clauses, "status check"),
            s.checks_status(clauses, "second status check"),
            s.happens_once("change without an event", partial(change_silently, PLAID)),
            s.refreshes(clauses, "first", provider=FAILS),
            s.delivers(clauses, UPDATE),
            s.relinks(clauses),
        ],
    ),
    "when an item is checked": Scenario(
        s.linked_plaid(crashes=1, schedule=Schedule()),
        lambda clauses: [
            s.pages_items(clauses, "run"),
            s.checks_item(clauses, "check"),
            s.checks_item(clauses, "second check", after="check"),
            s.fails_refresh(clauses),
            s.happens_once("time passes", s.pass_time),
        ],
    ),
    "paid refreshes": Scenario(
        s.linked_plaid(),
        lambda clauses: [
            s.requests_paid_refresh(clauses, "paid refresh"),
            s.executes_paid_refresh(clauses, "task"),
            s.executes_paid_refresh(clauses, "second task"),
            s.refreshes(clauses, "first", waits=(0, 1)),
            s.refreshes(clauses, "second", after="first", waits=(0, 1)),
            s.refreshes(clauses, "third", after="second", waits=(0, 1)),
        ],
    ),
}
SCENARIOS |= first_fetch_scenarios.SCENARIOS | history_scenarios.SCENARIOS
