"""Renew the list of brokers that users can choose from, once a day (docs/operations.md, The reconcile queue)."""

import time

from tidings import clock
from tidings.aws import secrets
from tidings.concurrency import remaining_s
from tidings.errors import ProviderError, StoreUnavailable
from tidings.model import ProviderName
from tidings.observability import log_info, log_warning
from tidings.provider_access.rate_limits import RateLimiter
from tidings.store import institutions
from tidings.store.institutions import Broker

_PROVIDER: ProviderName = "snaptrade"
"""Plaid has thousands of institutions, which its own page searches."""

_KEPT_MS = 23 * 3_600_000
"""An hour short of a day, so that the list is renewed at least once a day, whatever the schedule."""

_AFTER_FAILURE_MS = 3_600_000
_LONGEST_CALL_S = 10.0


def renew() -> None:
    """Renew the list if that is due. A failure leaves the stored list, and the next attempt is an hour later."""
    now = clock.now_ms()
    try:
        if institutions.acquire_renewal(_PROVIDER, now, now + _AFTER_FAILURE_MS):
            _fetch(now)
    except (ProviderError, StoreUnavailable) as error:
        log_warning("brokers not listed", provider=_PROVIDER, problem=error.slug)


def _fetch(now: int) -> None:
    from tidings.providers.snaptrade import brokers, status

    app = secrets.app_secret(_PROVIDER)
    if not brokers.is_configured(app):
        return
    RateLimiter(_PROVIDER, status.CALLS_PER_MINUTE).reserve(1)
    found = brokers.list_brokers(app, time.monotonic() + min(_LONGEST_CALL_S, remaining_s()))
    if not found:
        return  # an empty list may be an error of the provider's: the stored one stays
    listed = sorted((Broker(*one) for one in found), key=lambda broker: (broker.name.casefold(), broker.slug))
    institutions.save_brokers(_PROVIDER, listed, now + _KEPT_MS)
    log_info("brokers listed", provider=_PROVIDER, count=len(listed))
