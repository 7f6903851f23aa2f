"""Fetch sources for the first time within another refresh's cooldown (docs/protocol.md, First fetches)."""

from collections.abc import Sequence

from tidings import clock, providers
from tidings.errors import ItemGone, ProviderLimit, RateLimitExceeded, TidingsError
from tidings.refresh import admission, results
from tidings.refresh.discovery import Discovery
from tidings.refresh.provider_fetch import ProviderFetch
from tidings.refresh.results import FetchResult, FirstFetch, ProviderRefresh
from tidings.store import cooldowns, user_state
from tidings.store.cooldowns import CooldownRuns


def run(refresh: ProviderRefresh, first_fetch: FirstFetch, fetch: ProviderFetch) -> bool:
    """Fetch the acquired sources, or those that a listing finds. The provider's other sources keep cooling down.

    Returns False if there were none: `refresh.error` still says when to try again.
    """
    try:
        fetched = _fetch_listed(first_fetch, fetch) if first_fetch.expecting else fetch.fetch_first()
        fetched = _with_unlinked(fetch, fetched)
    except TidingsError as error:
        refresh.error = error
        fetched = []
    else:
        if not fetched:
            return False
        refresh.error = results.provider_error(fetched)
    refresh.results = {result.source_id: result for result in [*fetched, *_cooling_down(first_fetch, fetch, fetched)]}
    _keep_demanded_wait(first_fetch, [result.error for result in fetched] or [refresh.error])
    return True


def _fetch_listed(first_fetch: FirstFetch, fetch: ProviderFetch) -> list[FetchResult]:
    """List the connections, and fetch those that are new. Nothing else learns from this listing."""
    credentials = fetch.credentials
    fetch.rate_limiter.reserve(providers.holdings_reader(credentials.provider).expected_calls(()))
    discovery = Discovery(credentials, first_fetch.expecting, fetch.deadline)
    found = discovery.find_new({row.source_id for row in fetch.rows})
    acquired = admission.acquire_first_fetches(credentials.user_id, found, first_fetch)
    return fetch.fetch_first(acquired, discovery.found)


def _with_unlinked(fetch: ProviderFetch, fetched: list[FetchResult]) -> list[FetchResult]:
    """Report a source that was unlinked during its fetch as gone, whatever its provider responded then."""
    if all(result.error is None for result in fetched):
        return fetched
    credentials = fetch.credentials
    linked = {
        row.source_id for row in user_state.read_user_state(credentials.user_id).of_provider(credentials.provider)
    }
    return [
        result if result.error is None or result.source_id in linked else result._replace(error=ItemGone())
        for result in fetched
    ]


def _cooling_down(first_fetch: FirstFetch, fetch: ProviderFetch, fetched: Sequence[FetchResult]) -> list[FetchResult]:
    """Return the results of the sources that only the next refresh may fetch."""
    done = {result.source_id for result in fetched}
    waiting = [row for row in fetch.rows if not (row.is_wildcard or row.needs_reconnect or row.source_id in done)]
    return [FetchResult(row.source_id, error=CooldownRuns(first_fetch.running)) for row in waiting]


def _keep_demanded_wait(first_fetch: FirstFetch, errors: Sequence[TidingsError | None]) -> None:
    """Extend the cooldown as long as the provider demands. Our own limit holds by itself."""
    limits = [
        error for error in errors if isinstance(error, ProviderLimit) and not isinstance(error, RateLimitExceeded)
    ]
    if limits:
        wait_s = max(error.retry_after_s or results.DEFAULT_WAIT_S for error in limits)
        cooldowns.extend(first_fetch.running, clock.now_ms() + 1000 * wait_s)
