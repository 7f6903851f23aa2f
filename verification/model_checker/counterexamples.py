"""Find what each clause prevents: the scenario and the invariant that fails without it."""

from verification.model_checker.clauses import ALL_CLAUSES, Clause
from verification.model_checker.explorer import Counterexample
from verification.model_checker.scenario_list import SCENARIOS

_NEW_CONNECTION = "two updates of a new connection"
_NEW_AND_REMOVED = "new connection, then its removal"
_RECONNECT = "disconnect and reconnect"
_FAILURES = "provider failures"
_OUTAGES = "refreshes and outages"
_REGISTERED_ANEW = "deleted user who registers anew"
_END_REPORTS = "reports that an item has ended"
_ENDED_USER = "a user who ends everything during an exchange"
_EXCHANGE = "one token, exchanged by the browser and a task"
_FIRST_FETCH = "first fetch within a cooldown"
_FOUND = "first fetch during a refresh that finds the connection"
_LIMIT = "first fetch and a provider's limit"
_LISTINGS = "listings within a cooldown"
_SCHEDULE = "when an item is checked"
_MIDNIGHT = "history over midnight"
_REVOKED = "history of a revoked source"
_DISCONNECTED = "history of a user who disconnects everything"

NEEDED_IN: dict[Clause, tuple[str, str]] = {
    Clause.LINK_ID_COMMIT: (_NEW_AND_REMOVED, "I8"),
    Clause.LINK_ID_STATUS: ("write conflicts", "I8"),
    Clause.LINK_ID_CHECK_DUE: ("stale event of a removed source", "I8"),
    Clause.LINK_ID_WILDCARD: ("disconnect, reconnect and wildcard updates", "I1/I4/I6"),
    Clause.RECORD_NEW_EVENT: ("write conflicts", "I5"),
    Clause.RECORD_ATOMIC: ("write conflicts", "I1/I4/I6"),
    Clause.RECORD_EXISTING_ROW: (_NEW_CONNECTION, "I1/I4/I6"),
    Clause.RECORD_REREAD_OWNER: (_NEW_CONNECTION, "I1/I4/I6"),
    Clause.RECORD_KEEPS_LINK_ID: (_NEW_CONNECTION, "I8"),
    Clause.RECORD_OWNED: (_RECONNECT, "I1/I4/I6"),
    Clause.RECORD_TOMBSTONE: (_NEW_AND_REMOVED, "I6"),
    Clause.REMOVAL_RECORDED_LAST: (_NEW_AND_REMOVED, "I6"),
    Clause.REMOVAL_WITH_HEAD: ("outdated connection list", "I8"),
    Clause.ORPHAN_UNOWNED: ("orphans of a SnapTrade user", "I1/I4/I6"),
    Clause.LINK_OWNER: ("two users link", "I7"),
    Clause.LINK_ORPHANS_AS_READ: ("orphans of a SnapTrade user", "I1/I4/I6"),
    Clause.LINK_ATOMIC: ("two users link", "I1/I4/I6"),
    Clause.LINK_PENDING: ("two users link", "I2"),
    Clause.LINK_REPEATED: ("two users link", "I6"),
    Clause.LINK_RESULT: (_EXCHANGE, "link"),
    Clause.LINK_LEASE: (_EXCHANGE, "link"),
    Clause.LINK_GIVEN_UP: (_EXCHANGE, "link"),
    Clause.LINK_ENDED: (_EXCHANGE, "link"),
    Clause.LINK_LOSS_MET: (_EXCHANGE, "link"),
    Clause.LINK_LOSS_SWEPT: (_EXCHANGE, "link"),
    Clause.ENDED_REFUSED: (_ENDED_USER, "ended"),
    Clause.ENDED_OLDER: (_ENDED_USER, "ended"),
    Clause.ENDED_FIRST: (_ENDED_USER, "ended"),
    Clause.COOLDOWN_CONDITIONAL: ("two wildcard updates", "I3"),
    Clause.COOLDOWN_ABSENT: ("repair without an event", "I4"),
    Clause.COOLDOWN_EXPIRED: ("leftover snapshot", "I4"),
    Clause.COOLDOWN_OWN: (_OUTAGES, "I4"),
    Clause.FOLLOW_UP_ONCE: ("paid refreshes", "I3"),
    Clause.PAID_REFRESH_ONCE: ("paid refreshes", "once"),
    Clause.RELEASE_AFTER_OUTAGE: (_FAILURES, "rule 5"),
    Clause.RELEASE_OWN: (_OUTAGES, "I3"),
    Clause.RELEASE_ALL_FAILED: ("two wildcard updates", "I3"),
    Clause.COMMIT_ATOMIC: ("write conflicts", "I1/I4/I6"),
    Clause.HEAD_ABSENT: (_NEW_CONNECTION, "I2"),
    Clause.HEAD_LINK_ID: ("leftover snapshot", "I2"),
    Clause.HEAD_GENERATION: (_NEW_CONNECTION, "I2"),
    Clause.HEAD_FETCH_TIME: ("wildcard update", "I2"),
    Clause.HEAD_CONDITIONAL: ("two wildcard updates", "I8"),
    Clause.SEEN_AS_READ: (_FAILURES, "I1/I4/I6"),
    Clause.SEEN_REACHED: ("wildcard row restored from a backup", "I1/I4/I6"),
    Clause.SEEN_ABSENT: (_NEW_CONNECTION, "I2"),
    Clause.SEEN_NOT_HIGHER: ("two wildcard updates", "I2"),
    Clause.WILDCARD_ALL_FETCHED: ("wildcard update", "I1/I4/I6"),
    Clause.WILDCARD_FETCHES_ALL: ("wildcard update", "I2"),
    Clause.GONE_CONFIRMED: ("outdated connection list", "I1/I4/I6"),
    Clause.GONE_AS_READ: (_RECONNECT, "I2"),
    Clause.REMOVAL_REGISTRATION: (_REGISTERED_ANEW, "I8"),
    Clause.REMOVAL_EVENT_TIME: (_REGISTERED_ANEW, "I8"),
    Clause.STATUS_EVENT_TIME: ("status changes", "I5"),
    Clause.STATUS_RECORDS_UPDATE: ("status changes", "I1/I4/I6"),
    Clause.STATUS_VERSION: ("repair without an event, then a new failure", "I1"),
    Clause.STATUS_OK: ("repair without an event", "I1"),
    Clause.END_KEEPS_UPDATE: ("an item that ends and works again", "I1/I4/I6"),
    Clause.END_DAY_APART: (_END_REPORTS, "rule 8"),
    Clause.END_REPORT_CLEARED: (_END_REPORTS, "rule 8"),
    Clause.END_REPORT_AS_READ: (_END_REPORTS, "rule 8"),
    Clause.END_FIRST_REPORT: (_END_REPORTS, "rule 8"),
    Clause.EMPTY_INCOMPLETE: (_FAILURES, "I8"),
    Clause.CHECK_DUE_NEWER: ("stale events", "I5"),
    Clause.CHECK_DUE_SKEW: ("stale events", "I1/I4/I6"),
    Clause.CHECK_DUE_APART: ("refused by a clock that is ahead", "I1/I4/I6"),
    Clause.CHECK_DUE_LATEST: ("stale events", "I1/I4/I6"),
    Clause.CHECK_DUE_AS_READ: ("stale events", "I1/I4/I6"),
    Clause.CHECK_NO_COOLDOWN: ("status checks", "I2"),
    Clause.CHECK_GENERATION: ("status checks", "I2"),
    Clause.DUE_CAPPED: (_SCHEDULE, "daily"),
    Clause.DUE_UNSTORED: (_SCHEDULE, "daily"),
    Clause.DUE_ASKED: (_SCHEDULE, "soon"),
    Clause.DUE_AS_READ: (_SCHEDULE, "soon"),
    Clause.RELEASE_NO_WAIT: (_LIMIT, "rule 5"),
    Clause.PROVIDER_WAIT: (_LIMIT, "rule 5"),
    Clause.DISCONNECT_KEEPS_COOLDOWN: ("disconnect everything and link again within a cooldown", "I3"),
    Clause.CHECK_NO_FIRST_FETCH: ("first fetch and a status check", "I2"),
    Clause.FIRST_FETCH_NEW: (_FOUND, "I3"),
    Clause.FIRST_FETCH_NO_WAIT: (_LIMIT, "rule 5"),
    Clause.FIRST_FETCH_ONCE: (_FIRST_FETCH, "I3"),
    Clause.FIRST_FETCH_LINK_ID: ("first fetch, unlinked and linked again", "I8"),
    Clause.FIRST_FETCH_LIMIT: ("first fetches of three connections", "I3"),
    Clause.FIRST_FETCH_HOLDER: (_FOUND, "I3"),
    Clause.FIRST_FETCH_HOLDER_SKIPS: (_FOUND, "I3"),
    Clause.FIRST_FETCH_OWN: (_FOUND, "I4"),
    Clause.FIRST_FETCH_GIVEN_BACK: (_FIRST_FETCH, "I4"),
    Clause.FIRST_FETCH_RETURNS: (_FIRST_FETCH, "I3"),
    Clause.FIRST_FETCH_OUTAGE: (_FIRST_FETCH, "I3"),
    Clause.LISTING_EXPECTED: ("first fetch, unlinked and linked again", "I3"),
    Clause.LISTING_SPACED: (_LISTINGS, "I3"),
    Clause.LISTING_LIMIT: (_LISTINGS, "I3"),
    Clause.LISTING_NO_WAIT: (_LISTINGS, "rule 5"),
    Clause.HISTORY_ATOMIC: (_MIDNIGHT, "history"),
    Clause.HISTORY_DAY: (_MIDNIGHT, "history"),
    Clause.HISTORY_REMOVAL_ATOMIC: (_MIDNIGHT, "history"),
    Clause.HISTORY_REMOVAL_ONCE: (_DISCONNECTED, "history"),
    Clause.HISTORY_DELETED_LAST: (_REVOKED, "history"),
    Clause.CONFLICT_REPEATED: ("write conflicts", "I1/I4/I6"),
}


def counterexample_without(clause: Clause) -> Counterexample | None:
    """Explore the clause's scenario without the clause, and return a shortest counterexample."""
    return SCENARIOS[NEEDED_IN[clause][0]].explore(ALL_CLAUSES - {clause})[0]
