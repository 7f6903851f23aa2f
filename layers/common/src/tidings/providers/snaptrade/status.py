"""Read the status of a SnapTrade user's connections: list them, then their accounts with sync status. All free."""

from collections.abc import Sequence
from functools import partial

from tidings.concurrency import run_concurrently
from tidings.errors import ProviderError, ProviderLimit, ReconnectRequired
from tidings.model import Access, DiscoveredSource
from tidings.providers.snaptrade import client, holdings

CALLS_PER_MINUTE = 250
"""The limit on all calls together (https://docs.snaptrade.com/docs/rate-limiting)."""

RATE_COUNTER = "snaptrade"

CALLS_PER_CHECK = 2
"""The list of connections, and one connection's accounts: most users have one connection."""

MAX_SILENCE_HOURS = 26
"""SnapTrade sends an event for each account at least daily, at no fixed hour (docs.snaptrade.com, syncing)."""

is_configured = client.is_configured


def read_status(access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
    """Read status and stamp of each connection. A disabled one has no stamp, since its data does not change."""
    found = holdings.discover(access, known, deadline)
    return run_concurrently([partial(_with_stamp, access, source, deadline) for source in found])


def _with_stamp(access: Access, source: DiscoveredSource, deadline: float) -> DiscoveredSource:
    if source.status is not None and source.status.status != "ok":
        return source
    try:
        accounts = holdings.list_accounts(access, source.source_id, deadline)
    except (ProviderLimit, ReconnectRequired):
        raise
    except ProviderError:
        return source  # without a stamp; the other connections of the user are still checked
    return source._replace(stamp=holdings.read_stamp(holdings.investment_accounts(accounts)))
