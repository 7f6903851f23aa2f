"""Where each clause is needed: the scenario in which the model goes wrong without it, and what goes wrong."""

from verification.model_checker.clauses import ALL_CLAUSES, Clause
from verification.model_checker.explorer import Counterexample
from verification.model_checker.scenario_list import SCENARIOS

_NEW_TWICE = "a new connection, twice"
_NEW_AND_ENDED = "a new connection, and its end"
_ENDED = "the end of everything, and a new beginning"
_BAD = "a provider that behaves badly"
_CLICKS = "clicks and outages"

NEEDED_IN: dict[Clause, tuple[str, str]] = {
    Clause.LINK_ID_COMMIT: (_NEW_AND_ENDED, "I8"),
    Clause.LINK_ID_STATUS: ("conflicts", "I8"),
    Clause.LINK_ID_CHECK_DUE: ("a stale event of what is ended", "I8"),
    Clause.LINK_ID_WILDCARD: ("the end of everything, and news of all", "I1/I4/I6"),
    Clause.RECORD_NEW_EVENT: ("conflicts", "I5"),
    Clause.RECORD_ATOMIC: ("conflicts", "I1/I4/I6"),
    Clause.RECORD_EXISTING_ROW: (_NEW_TWICE, "I1/I4/I6"),
    Clause.RECORD_REREAD_OWNER: (_NEW_TWICE, "I1/I4/I6"),
    Clause.RECORD_KEEPS_LINK_ID: (_NEW_TWICE, "I8"),
    Clause.RECORD_OWNED: (_ENDED, "I1/I4/I6"),
    Clause.RECORD_TOMBSTONE: (_NEW_AND_ENDED, "I6"),
    Clause.REMOVAL_RECORDED_LAST: (_NEW_AND_ENDED, "I6"),
    Clause.REMOVAL_WITH_HEAD: ("a list that lags", "I8"),
    Clause.ORPHAN_UNOWNED: ("orphans of a SnapTrade user", "I1/I4/I6"),
    Clause.LINK_OWNER: ("two users link", "I7"),
    Clause.LINK_ORPHANS_AS_READ: ("orphans of a SnapTrade user", "I1/I4/I6"),
    Clause.LINK_ATOMIC: ("two users link", "I1/I4/I6"),
    Clause.LINK_PENDING: ("two users link", "I2"),
    Clause.LINK_REPEATED: ("two users link", "I6"),
    Clause.COOLDOWN_CONDITIONAL: ("all of it twice", "I3"),
    Clause.COOLDOWN_ABSENT: ("a health that was repaired", "I4"),
    Clause.COOLDOWN_EXPIRED: ("a snapshot that was left behind", "I4"),
    Clause.COOLDOWN_OWN: (_CLICKS, "I4"),
    Clause.FOLLOW_UP_ONCE: ("paid pulls", "I3"),
    Clause.PAID_REFRESH_ONCE: ("paid pulls", "§6"),
    Clause.RELEASE_AFTER_OUTAGE: (_BAD, "§4.5"),
    Clause.RELEASE_OWN: (_CLICKS, "I3"),
    Clause.RELEASE_ALL_FAILED: ("all of it twice", "I3"),
    Clause.COMMIT_ATOMIC: ("conflicts", "I1/I4/I6"),
    Clause.HEAD_ABSENT: (_NEW_TWICE, "I2"),
    Clause.HEAD_LINK_ID: ("a snapshot that was left behind", "I2"),
    Clause.HEAD_GENERATION: (_NEW_TWICE, "I2"),
    Clause.HEAD_FETCH_TIME: ("news of all", "I2"),
    Clause.HEAD_CONDITIONAL: ("all of it twice", "I8"),
    Clause.SEEN_AS_READ: (_BAD, "I1/I4/I6"),
    Clause.SEEN_REACHED: ("a row restored from a backup", "I1/I4/I6"),
    Clause.SEEN_ABSENT: (_NEW_TWICE, "I2"),
    Clause.SEEN_NOT_HIGHER: ("all of it twice", "I2"),
    Clause.WILDCARD_ALL_FETCHED: ("news of all", "I1/I4/I6"),
    Clause.WILDCARD_FETCHES_ALL: ("news of all", "I2"),
    Clause.GONE_CONFIRMED: ("a list that lags", "I1/I4/I6"),
    Clause.GONE_AS_READ: (_ENDED, "I2"),
    Clause.STATUS_EVENT_TIME: ("a health that changes", "I5"),
    Clause.STATUS_RECORDS_UPDATE: ("a health that changes", "I1/I4/I6"),
    Clause.STATUS_VERSION: ("a health that was repaired, and breaks again", "I1"),
    Clause.STATUS_OK: ("a health that was repaired", "I1"),
    Clause.EMPTY_INCOMPLETE: (_BAD, "I8"),
    Clause.CHECK_DUE_NEWER: ("stale events", "I5"),
    Clause.CHECK_DUE_LATEST: ("stale events", "I1/I4/I6"),
    Clause.CHECK_DUE_AS_READ: ("stale events", "I1/I4/I6"),
    Clause.CHECK_NO_COOLDOWN: ("looks", "I2"),
    Clause.CHECK_GENERATION: ("looks", "I2"),
    Clause.CONFLICT_REPEATED: ("conflicts", "I1/I4/I6"),
}


def counterexample_without(clause: Clause) -> Counterexample | None:
    """A shortest way in which the protocol goes wrong without it."""
    return SCENARIOS[NEEDED_IN[clause][0]].explore(ALL_CLAUSES - {clause})[0]
