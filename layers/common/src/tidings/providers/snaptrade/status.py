"""How a SnapTrade user's connections stand: their list, and each one's accounts with their sync status. All free."""

from collections.abc import Sequence
from functools import partial

from tidings.concurrency import run_concurrently
from tidings.errors import ProviderError, ProviderLimit, ReconnectRequired
from tidings.model import Access, DiscoveredSource
from tidings.providers.snaptrade import client, holdings

CALLS_PER_MINUTE = 250
"""Of all calls together (https://docs.snaptrade.com/docs/rate-limiting)."""

RATE_COUNTER = "snaptrade"

CALLS_PER_CHECK = 2
"""The list, and one connection's accounts: most users have one."""

MAX_SILENCE_HOURS = 26
"""An event for each account comes at least daily, changed or not, at no fixed hour (docs.snaptrade.com, syncing)."""

is_configured = client.is_configured


def read_status(access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
    """A disabled connection has no stamp: its data stands still."""
    found = holdings.discover(access, known, deadline)
    return run_concurrently([partial(_with_stamp, access, one, deadline) for one in found])


def _with_stamp(access: Access, one: DiscoveredSource, deadline: float) -> DiscoveredSource:
    if one.status is not None and one.status.status != "ok":
        return one
    try:
        accounts = holdings.list_accounts(access, one.source_id, deadline)
    except (ProviderLimit, ReconnectRequired):
        raise
    except ProviderError:
        return one  # of this connection alone nothing is known now
    return one._replace(stamp=holdings.read_stamp(holdings.investment_accounts(accounts)))
