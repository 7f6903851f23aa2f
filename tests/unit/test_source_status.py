"""The status after a check, given the one announced before."""

import pytest

from tidings import source_status
from tidings.model import Source, StatusChange

NOW = 1_790_000_000_000  # 2026-09-21
GOOD = StatusChange("ok")
LOST = StatusChange("reconnect_required", "credential_lost")
BROKEN = StatusChange("reconnect_required", "item_login_required")


def status_after_check(status: StatusChange, learnt: StatusChange) -> StatusChange:
    source = Source("plaid", "item", "item", "link", status=status.status, status_reason=status.reason)
    return source_status.status_after_check(source, learnt, NOW)


@pytest.mark.parametrize(
    "stands",
    [
        StatusChange("expiring", "consent_expiration:2026-10-01T12:00:00Z"),
        StatusChange("expiring", "institution_migration:2026-09-30T00:00:00Z"),
        StatusChange("expiring", "consent_expiration:2026-09-21T14:13:20.001Z"),
        StatusChange("expiring", "consent_expiration:soon"),
        StatusChange("expiring", "disconnect"),
        StatusChange("expiring"),
        StatusChange("ok", "new_accounts_available"),
    ],
)
def test_successful_fetch_keeps_upcoming_status(stands: StatusChange) -> None:
    assert status_after_check(stands, GOOD) == stands


@pytest.mark.parametrize(
    "over",
    [
        StatusChange("expiring", "consent_expiration:2026-09-01T12:00:00Z"),
        StatusChange("expiring", "consent_expiration:2026-09-21T14:13:20Z"),
        BROKEN,
        LOST,
        StatusChange("revoked", "user_account_revoked"),
        StatusChange("ok"),
        StatusChange("ok", "older"),
    ],
)
def test_successful_fetch_clears_other_status(over: StatusChange) -> None:
    assert status_after_check(over, GOOD) == GOOD


def test_broken_login_outranks_expiry() -> None:
    assert status_after_check(StatusChange("expiring", "disconnect:2026-10-01T12:00:00Z"), BROKEN) == BROKEN


def test_revoked_credential_is_not_lost() -> None:
    revoked = StatusChange("revoked", "user_permission_revoked")
    assert status_after_check(revoked, LOST) == revoked
    assert status_after_check(revoked, BROKEN) == BROKEN
    assert status_after_check(StatusChange("ok"), LOST) == LOST
