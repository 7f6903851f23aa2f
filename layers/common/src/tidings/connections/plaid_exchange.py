"""Exchange a Plaid public token and link its item, so that no item is lost (docs/decisions/0018).

Plaid gives the access token away once. Between its answer and the link transaction nothing happens but the encryption.
If the item cannot be stored, it is ended at Plaid with the token that is still in hand.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from tidings import clock
from tidings.aws import secrets
from tidings.concurrency import CallTimeout, call_with_timeout
from tidings.errors import (
    BadRequest,
    Conflict,
    NotConfigured,
    ProviderLimit,
    ProviderMisconfigured,
    ProviderNotReady,
    ProviderTimeout,
    StoreUnavailable,
    TidingsError,
)
from tidings.model import Access, ItemKey
from tidings.observability import emit_count, log_info, log_warning
from tidings.providers.plaid import connections as plaid
from tidings.providers.plaid.connections import ExchangedToken
from tidings.store import credentials, item_links, sources, token_leases
from tidings.store.ended_users import IN_NO_SESSION, MayLink
from tidings.store.item_links import TokenChanged, UserEnded
from tidings.store.sources import SourceKey
from tidings.store.token_leases import ExchangeResult, ItemNotStored, Lease, TokenInUse

LEAST_EXCHANGE_S = 5.0
"""An exchange that times out loses its item, so none begins with less time."""

STORE_S = 6.0
SHORT_WRITE_S = 1.5
END_S = 4.0
"""How long each step after Plaid's answer may take. With the time before, they must fit into the function's limit."""

MAX_WAIT_S = 6.5
_POLL_INTERVAL_S = 0.25
_NOT_USED = (ProviderLimit, ProviderMisconfigured, ProviderNotReady)
"""Answers, beside BadRequest, by which Plaid says that it did not use the token. After any other error it may have."""


def exchange_public_token(
    user_id: str, public_token: str, deadline: float, institution: str | None = None, may_link: MayLink = IN_NO_SESSION
) -> ExchangeResult:
    """Exchange a public token and link its item, once. A second request with the same token gets the same result.

    Raises ItemNotStored if the token was used up and its item could not be stored, UserEnded if `may_link` does not
    allow the link. The item is then ended at Plaid, since nobody else has its access token.
    """
    app = plaid_app_secret()
    lease = _acquire_lease(public_token, user_id, institution, deadline)
    if isinstance(lease, ExchangeResult):
        return lease
    item = _exchange(app, public_token, lease, deadline)
    key = SourceKey.of_item(user_id, ItemKey("plaid", item.item_id))
    try:
        call_with_timeout(STORE_S, partial(_link, key, item, lease, may_link))
    except UserEnded:
        _end_unless_linked(app, lease, item, notice=False)
        raise
    except Conflict:
        # Another user owns the item, so it is not ours to end.
        _try_to_store("lease", partial(token_leases.release, lease))
        raise
    except (StoreUnavailable, CallTimeout, TokenChanged) as error:
        if not _end_unless_linked(app, lease, item):
            raise StoreUnavailable("The connection could not be stored, so it was ended. Connect again.") from error
    except Exception:
        _end_unless_linked(app, lease, item)
        raise
    log_info("connection added", provider="plaid")
    emit_count("ConnectionAdded", provider="plaid")
    return ExchangeResult(item.item_id, institution or _store_institution_name(app, key, lease, item))


def _acquire_lease(token: str, user_id: str, institution: str | None, deadline: float) -> Lease | ExchangeResult:
    """Acquire the lease, or return another request's result. Waits while another request holds it.

    The browser and Plaid's webhook usually arrive at the same moment.
    """
    give_up_at = min(deadline, time.monotonic() + MAX_WAIT_S)
    while True:
        try:
            return token_leases.acquire_lease(token, user_id, institution, clock.now_ms())
        except TokenInUse:
            if time.monotonic() > give_up_at:
                raise
        time.sleep(_POLL_INTERVAL_S)


def _exchange(app: Mapping[str, str], public_token: str, lease: Lease, deadline: float) -> ExchangedToken:
    if deadline - time.monotonic() < LEAST_EXCHANGE_S:
        _release_unused(lease)
        raise ProviderTimeout
    try:
        return plaid.exchange_public_token(app, public_token, deadline)
    except BadRequest as error:
        if not lease.is_repeated:
            _try_to_store("lease", partial(token_leases.release, lease))
            raise
        # An earlier attempt used the token and was killed, or never learnt Plaid's answer: nobody has the access token.
        _record_loss(lease)
        raise ItemNotStored from error
    except _NOT_USED:
        _release_unused(lease)
        raise
    except Exception:
        _try_to_store("attempt", partial(token_leases.keep_attempt, lease, clock.now_ms()))
        raise


def _release_unused(lease: Lease) -> None:
    """Release the lease. An earlier attempt, if there was one, may still have used the token up."""
    end = partial(token_leases.keep_attempt, lease, clock.now_ms()) if lease.is_repeated else None
    _try_to_store("lease", end or partial(token_leases.release, lease))


def _link(key: SourceKey, item: ExchangedToken, lease: Lease, may_link: MayLink) -> None:
    credential = credentials.encrypt(key, item.access_token)
    result = token_leases.result_of_lease(lease, item.item_id, clock.now_ms())
    item_links.link_item(key, credential, lease.institution, result=result, may_link=may_link)


def _end_unless_linked(app: Mapping[str, str], lease: Lease, item: ExchangedToken, *, notice: bool = True) -> bool:
    """End an item at Plaid that could not be stored. Returns whether it was stored after all."""
    give_up = partial(token_leases.give_up, lease, "ending", clock.now_ms(), notice=notice)
    is_given_up = False
    try:
        is_given_up = call_with_timeout(SHORT_WRITE_S, give_up)
    except (StoreUnavailable, CallTimeout):
        log_warning("lease not given up", provider="plaid")
    if not is_given_up and _is_linked(lease):
        return True
    # The link may still take effect. Its connection then shows as ended: better than an item without an owner.
    try:
        plaid.remove_connection(Access(app, item.item_id, item.access_token), item.item_id, time.monotonic() + END_S)
    except TidingsError as error:
        log_warning("item not ended", provider="plaid", problem=error.slug)
        _settle(lease, "lost")
    else:
        _settle(lease, "ended")
    return False


def _is_linked(lease: Lease) -> bool:
    """Return whether the link took effect, as far as a read can tell."""
    try:
        return call_with_timeout(SHORT_WRITE_S, partial(token_leases.is_linked, lease))
    except (StoreUnavailable, CallTimeout):
        return False


def _record_loss(lease: Lease) -> None:
    if token_leases.give_up(lease, "lost", clock.now_ms()):
        token_leases.report_not_stored(lease, "lost")


def _settle(lease: Lease, outcome: Literal["ended", "lost"]) -> None:
    token_leases.report_not_stored(lease, outcome)
    _try_to_store("outcome", partial(token_leases.record_failure, lease, outcome, clock.now_ms()))


def _try_to_store(what: str, write: Callable[[], object]) -> None:
    """Make a write that is no part of the link. Without it the lease expires, or a later fetch stores the same."""
    try:
        call_with_timeout(SHORT_WRITE_S, write)
    except (StoreUnavailable, CallTimeout):
        log_warning("not stored", provider="plaid", what=what)


def _store_institution_name(app: Mapping[str, str], key: SourceKey, lease: Lease, item: ExchangedToken) -> str | None:
    name = plaid.fetch_institution_name(app, item.access_token)
    if name is not None:
        _try_to_store("institution", partial(_set_institution, key, lease, name))
    return name


def _set_institution(key: SourceKey, lease: Lease, name: str) -> None:
    sources.set_institution(key, name)
    token_leases.set_institution(lease, ExchangeResult(key.source_id, name), clock.now_ms())


def plaid_app_secret() -> dict[str, str]:
    """Read the deployment's keys for Plaid. Raises NotConfigured if they are missing."""
    keys = dict(secrets.app_secret("plaid"))
    if not plaid.is_configured(keys):
        raise NotConfigured("The provider plaid is not configured.")
    return keys
