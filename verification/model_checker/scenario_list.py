"""The scenarios by name. `all of it` is the size that the design speaks of; each other one is about a few clauses."""

from functools import partial

from verification.model_checker import scenarios as s
from verification.model_checker.invariants import LEFT_BEHIND
from verification.model_checker.look_flows import changes_silently
from verification.model_checker.refresh_flows import Provider
from verification.model_checker.scenarios import PLAID, SNAPTRADE, Scenario
from verification.model_checker.worlds import EVERY, Head, Table

FAILS = Provider(fails=True)
NEWS, MORE = s.news("news"), s.news("more news")
OF_C1, OF_C2 = s.news("news of c1", "c1"), s.news("news of c2", "c2")
OF_ALL = s.news("news of all", EVERY)
BROKEN = s.news("broken", status="broken", marks=False)
FIXED = s.news("fixed", status="ok")
MORE_OF_ALL = s.news("more of all", EVERY)
STALE, STALE_TOO = s.news("stale", stale=True), s.news("stale too", stale=True)
C2_ENDED = s.news("c2 ended", "c2", marks=False, removes="source")
ALL_ENDED = s.news("user ended", EVERY, marks=False, removes="item")

SCENARIOS = {
    "all of it": Scenario(
        s.plaid(crashes=1),
        lambda on: [
            s.clicks(on, "first"),
            s.clicks(on, "second", after="first", waits=(0, 2)),
            s.delivery(on, NEWS),
            s.delivery(on, MORE, after="news"),
            s.again(on, NEWS, MORE),
            s.relinks(on),
        ],
    ),
    "two users link": Scenario(
        s.unlinked_plaid(crashes=1),
        lambda on: [
            s.links(on, "ann", PLAID, PLAID),
            s.links(on, "bob", PLAID, PLAID),
            s.delivery(on, NEWS),
            s.delivery(on, MORE, after="news"),
            s.clicks(on, "first"),
        ],
    ),
    "orphans of a SnapTrade user": Scenario(
        s.unlinked_snaptrade(crashes=1),
        lambda on: [
            s.links(on, "ann", SNAPTRADE, EVERY, news=0),
            s.delivery(on, OF_ALL),
            s.delivery(on, OF_C1),
            s.again(on, OF_ALL, OF_C1),
            s.clicks(on, "first", SNAPTRADE),
        ],
    ),
    "clicks and outages": Scenario(
        s.plaid(crashes=1, resends=1),
        lambda on: [
            s.clicks(on, "first", provider=FAILS, waits=(0, 2)),
            s.clicks(on, "second", provider=FAILS, waits=(0, 2)),
            s.clicks(on, "third", after="second", waits=(0, 2)),
            s.delivery(on, NEWS),
        ],
    ),
    "clocks that differ": Scenario(
        s.plaid().knowing(level=False),
        lambda on: [
            s.clicks(on, "first", skew=1, waits=(0, 1)),
            s.clicks(on, "second", waits=(1, 2, 3)),
            s.clicks(on, "third", skew=-1, waits=(1, 3)),
            s.delivery(on, NEWS),
            s.delivery(on, MORE, after="news"),
        ],
    ),
    "conflicts": Scenario(
        s.plaid(conflicts=2, crashes=1),
        lambda on: [s.delivery(on, NEWS), s.again(on, NEWS), s.clicks(on, "first"), s.unlinks(on, PLAID, PLAID)],
    ),
    "a provider that behaves badly": Scenario(
        s.plaid(crashes=1),
        lambda on: [
            s.clicks(on, "first", provider=Provider(fails=True, answers_empty=True, has_nothing=True)),
            s.clicks(on, "second", provider=Provider(has_nothing=True), after="first", waits=(0, 2)),
            s.delivery(on, NEWS),
            s.delivery(on, MORE, after="news"),
        ],
    ),
    "a row restored from a backup": Scenario(
        s.snaptrade("c1", of_all=2),
        lambda on: [
            s.clicks(on, "first", SNAPTRADE),
            s.clicks(on, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.outside("restored", s.restored),
            s.delivery(on, OF_ALL),
            s.delivery(on, MORE_OF_ALL, after="news of all"),
        ],
    ),
    "a snapshot that was left behind": Scenario(
        s.plaid(heads=Table({("ann", PLAID): Head(LEFT_BEHIND, 7, 7, 0)})),
        lambda on: [s.clicks(on, "first"), s.delivery(on, NEWS)],
    ),
    "a health that changes": Scenario(
        s.plaid(crashes=1),
        lambda on: [
            s.delivery(on, BROKEN),
            s.delivery(on, FIXED),
            s.again(on, BROKEN, FIXED),
            s.clicks(on, "first", waits=(0, 2)),
            s.clicks(on, "second", after="first", waits=(0, 2)),
        ],
    ),
    "a health that was repaired": Scenario(s.repaired(), lambda on: [s.clicks(on, "first")]),
    "a health that was repaired, and breaks again": Scenario(
        s.repaired(), lambda on: [s.clicks(on, "first"), s.delivery(on, BROKEN)]
    ),
    "stale events": Scenario(
        s.plaid(),
        lambda on: [
            s.delivery(on, STALE),
            s.delivery(on, STALE_TOO),
            s.again(on, STALE),
            s.clicks(on, "first"),
            s.clicks(on, "second", after="first", waits=(2,)),
        ],
    ),
    "a stale event of what is ended": Scenario(
        s.plaid(), lambda on: [s.delivery(on, STALE), s.clicks(on, "first"), s.unlinks(on, PLAID, PLAID)]
    ),
    "news of all": Scenario(
        s.snaptrade("c1", "c2", crashes=1),
        lambda on: [
            s.clicks(on, "first", SNAPTRADE, FAILS),
            s.clicks(on, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.delivery(on, OF_ALL),
            s.delivery(on, OF_C1),
        ],
    ),
    "all of it twice": Scenario(
        s.snaptrade("c1"),
        lambda on: [
            s.clicks(on, "first", SNAPTRADE),
            s.clicks(on, "second", SNAPTRADE, after="first", waits=(0, 2)),
            s.delivery(on, OF_ALL),
            s.delivery(on, MORE_OF_ALL, after="news of all"),
        ],
    ),
    "a new connection, and its end": Scenario(
        s.snaptrade("c1", unknown="c2", crashes=1),
        lambda on: [
            s.clicks(on, "first", SNAPTRADE, Provider(list_lags=True)),
            s.delivery(on, OF_C2),
            s.again(on, OF_C2),
            s.delivery(on, C2_ENDED),
        ],
    ),
    "a new connection, twice": Scenario(
        s.snaptrade("c1", unknown="c2"),
        lambda on: [
            s.clicks(on, "first", SNAPTRADE),
            s.delivery(on, OF_C2),
            s.delivery(on, s.news("more of c2", "c2"), after="news of c2"),
        ],
    ),
    "a list that lags": Scenario(
        s.snaptrade("c1", "c2"),
        lambda on: [
            s.clicks(on, "first", SNAPTRADE, Provider(list_lags=True)),
            s.delivery(on, OF_C1),
            s.unlinks(on, SNAPTRADE, "c2"),
        ],
    ),
    "the end of everything, and a new beginning": Scenario(
        s.snaptrade("c1"),
        lambda on: [
            s.ends(on, "ann", SNAPTRADE),
            s.clicks(on, "first", SNAPTRADE),
            s.links(on, "ann", SNAPTRADE, EVERY, news=0, after="ann ends everything"),
            s.outside("c1 is connected again", s.connected_again),
            s.delivery(on, OF_C1),
        ],
    ),
    "the end of everything, and news of all": Scenario(
        s.snaptrade("c1"),
        lambda on: [
            s.ends(on, "ann", SNAPTRADE),
            s.clicks(on, "first", SNAPTRADE),
            s.links(on, "ann", SNAPTRADE, EVERY, news=0, after="ann ends everything"),
            s.outside("c1 is connected again", s.connected_again),
            s.delivery(on, OF_ALL),
            s.delivery(on, MORE_OF_ALL, after="news of all"),
        ],
    ),
    "looks": Scenario(
        s.plaid(crashes=1),
        lambda on: [
            s.looked_at(on, "a look"),
            s.looked_at(on, "another look"),
            s.outside("a change that nobody is told of", partial(changes_silently, PLAID)),
            s.clicks(on, "first", provider=FAILS),
            s.delivery(on, NEWS),
            s.relinks(on),
        ],
    ),
    "paid pulls": Scenario(
        s.plaid(),
        lambda on: [
            s.pulls(on, "the pull"),
            s.pull_tasks(on, "task"),
            s.pull_tasks(on, "task again"),
            s.clicks(on, "first", waits=(0, 1)),
            s.clicks(on, "second", after="first", waits=(0, 1)),
            s.clicks(on, "third", after="second", waits=(0, 1)),
        ],
    ),
}

LARGE = {
    "all of it, the clocks differ, and the third webhook is one more": Scenario(
        s.plaid(crashes=1).knowing(level=False),
        lambda on: [
            s.clicks(on, "first", skew=1),
            s.clicks(on, "second", after="first", waits=(0, 1, 2)),
            s.delivery(on, NEWS),
            s.delivery(on, MORE, after="news"),
            s.delivery(on, s.news("even more news"), after="more news"),
            s.relinks(on),
        ],
    ),
}
"""For `make model`."""
