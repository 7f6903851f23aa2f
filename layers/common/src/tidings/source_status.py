"""How a source's status changes with what a refresh learns of it (docs/decisions/0009)."""

from datetime import datetime

from tidings.model import Source, StatusChange

NEW_ACCOUNTS = "new_accounts_available"
USER_ACCOUNT_REVOKED = "user_account_revoked"
CREDENTIAL_LOST = "credential_lost"


def status_after_check(source: Source, learnt: StatusChange, now: int) -> StatusChange:
    """What becomes of the status as read. A good fetch does not disprove what is still to come."""
    stands = StatusChange(source.status, source.status_reason)
    if learnt.status == "ok" and (_still_expiring(source, now) or stands == StatusChange("ok", NEW_ACCOUNTS)):
        return stands
    if source.status == "revoked" and learnt.reason == CREDENTIAL_LOST:
        return stands  # it was deleted because it was revoked
    return learnt


def _still_expiring(source: Source, now: int) -> bool:
    """Whether the announced date is ahead; an unknown one is, until the user renews the connection."""
    if source.status != "expiring":
        return False
    _, _, date = (source.status_reason or "").partition(":")
    try:
        return not date or datetime.fromisoformat(date).timestamp() * 1000 > now
    except ValueError:
        return True
