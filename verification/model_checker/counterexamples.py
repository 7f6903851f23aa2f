"""Where each clause is needed: the scenario in which the model goes wrong without it, and what goes wrong."""

from verification.model_checker.clauses import ALL, Clause
from verification.model_checker.explorer import Counterexample
from verification.model_checker.scenario_list import SCENARIOS

_NEW_TWICE = "a new connection, twice"
_NEW_AND_ENDED = "a new connection, and its end"
_ENDED = "the end of everything, and a new beginning"
_BAD = "a provider that behaves badly"
_CLICKS = "clicks and outages"

NEEDED_IN: dict[Clause, tuple[str, str]] = {
    Clause.LINK_COMMIT: (_NEW_AND_ENDED, "I8"),
    Clause.LINK_STATUS: ("conflicts", "I8"),
    Clause.LINK_CHECK: ("a stale event of what is ended", "I8"),
    Clause.LINK_WILDCARD: ("the end of everything, and news of all", "I1/I4/I6"),
    Clause.MARK_NEW: ("conflicts", "I5"),
    Clause.MARK_ONE: ("conflicts", "I1/I4/I6"),
    Clause.MARK_EXISTS: (_NEW_TWICE, "I1/I4/I6"),
    Clause.MARK_REREAD: (_NEW_TWICE, "I1/I4/I6"),
    Clause.MARK_KEEPS_LINK: (_NEW_TWICE, "I8"),
    Clause.MARK_OWNED: (_ENDED, "I1/I4/I6"),
    Clause.TOMBSTONE: (_NEW_AND_ENDED, "I6"),
    Clause.RECORD_LAST: (_NEW_AND_ENDED, "I6"),
    Clause.REMOVE_HEAD: ("a list that lags", "I8"),
    Clause.ORPHAN_UNOWNED: ("orphans of a SnapTrade user", "I1/I4/I6"),
    Clause.LINK_OWNER: ("two users link", "I7"),
    Clause.LINK_ORPHAN: ("orphans of a SnapTrade user", "I1/I4/I6"),
    Clause.LINK_ONE: ("two users link", "I1/I4/I6"),
    Clause.LINK_NEWS: ("two users link", "I2"),
    Clause.LINK_AGAIN: ("two users link", "I6"),
    Clause.CLAIM: ("all of it twice", "I3"),
    Clause.CLAIM_NONE: ("a health that was repaired", "I4"),
    Clause.CLAIM_OVER: ("a snapshot that was left behind", "I4"),
    Clause.CLAIM_MINE: (_CLICKS, "I4"),
    Clause.FOLLOW_UP_ONCE: ("paid pulls", "I3"),
    Clause.PULL_ONCE: ("paid pulls", "§6"),
    Clause.RELEASE: (_BAD, "§4.5"),
    Clause.RELEASE_MINE: (_CLICKS, "I3"),
    Clause.RELEASE_FAILED: ("all of it twice", "I3"),
    Clause.COMMIT_ONE: ("conflicts", "I1/I4/I6"),
    Clause.HEAD_NONE: (_NEW_TWICE, "I2"),
    Clause.HEAD_LINK: ("a snapshot that was left behind", "I2"),
    Clause.HEAD_LOWER: (_NEW_TWICE, "I2"),
    Clause.HEAD_EARLIER: ("news of all", "I2"),
    Clause.HEAD: ("all of it twice", "I8"),
    Clause.SEEN_READ: (_BAD, "I1/I4/I6"),
    Clause.SEEN_REACHED: ("a row restored from a backup", "I1/I4/I6"),
    Clause.SEEN_ABSENT: (_NEW_TWICE, "I2"),
    Clause.SEEN_LOWER: ("all of it twice", "I2"),
    Clause.WILDCARD_ALL: ("news of all", "I1/I4/I6"),
    Clause.WILDCARD_ASKS: ("news of all", "I2"),
    Clause.GONE_CONFIRMED: ("a list that lags", "I1/I4/I6"),
    Clause.GONE_EXACT: (_ENDED, "I2"),
    Clause.STATUS_AT: ("a health that changes", "I5"),
    Clause.STATUS_STILL_MARKS: ("a health that changes", "I1/I4/I6"),
    Clause.STATUS_VERSION: ("a health that was repaired, and breaks again", "I1"),
    Clause.STATUS_OK: ("a health that was repaired", "I1"),
    Clause.EMPTY: (_BAD, "I8"),
    Clause.CHECK_NEWER: ("stale events", "I5"),
    Clause.CHECK_LATER: ("stale events", "I1/I4/I6"),
    Clause.CHECK_SETTLED: ("stale events", "I1/I4/I6"),
    Clause.LOOK_CLAIM: ("looks", "I2"),
    Clause.LOOK_GENERATION: ("looks", "I2"),
    Clause.CONFLICT: ("conflicts", "I1/I4/I6"),
}


def without(clause: Clause) -> Counterexample | None:
    """A shortest way in which the protocol goes wrong without it."""
    return SCENARIOS[NEEDED_IN[clause][0]].explore(ALL - {clause})[0]
