"""Decide a source's status after a refresh or a status check.

See docs/decisions/0009-status-that-outlasts-a-fetch.md.
"""

from datetime import datetime

from tidings.model import Source, StatusChange

NEW_ACCOUNTS = "new_accounts_available"
CREDENTIAL_LOST = "credential_lost"


def status_after_check(source: Source, learnt: StatusChange, now: int) -> StatusChange:
    """Return the status to store. A successful fetch does not disprove a warning whose date is still ahead."""
    current = StatusChange(source.status, source.status_reason)
    has_new_accounts = current == StatusChange("ok", NEW_ACCOUNTS)
    if learnt.status == "ok" and (_is_still_expiring(source, now) or has_new_accounts):
        return current
    if source.status == "revoked" and learnt.reason == CREDENTIAL_LOST:
        return current  # the credential was deleted because the connection was revoked
    return learnt


def _is_still_expiring(source: Source, now: int) -> bool:
    """Return whether the announced date is ahead. An unknown date counts as ahead until the user reconnects."""
    if source.status != "expiring":
        return False
    _, _, date = (source.status_reason or "").partition(":")
    try:
        return datetime.fromisoformat(date).timestamp() * 1000 > now
    except ValueError:
        return True  # none is named, or it is not understood
