"""Keep confirmed verification keys beyond the process. Without the store, each process asks the provider itself."""

from functools import partial

from tidings.concurrency import CallTimeout, call_with_timeout
from tidings.errors import StoreUnavailable
from tidings.model import ConfirmedKey
from tidings.observability import log_warning

CALL_S = 1.0
"""For one call, so that a table that hangs leaves time for the provider and for the queue."""


class StoredKeys:
    """The keys of the table. A failed call is logged and costs at most a look-up at the provider."""

    def find_key(self, base_url: str, kid: str) -> ConfirmedKey | None:
        """Return a key that the provider confirmed earlier; None if there is none, or if the table does not answer."""
        from tidings.store import webhook_keys  # a process that has the key in its cache never needs it

        try:
            return call_with_timeout(CALL_S, partial(webhook_keys.find_key, base_url, kid))
        except (StoreUnavailable, CallTimeout):
            log_warning("verification key not read")
            return None

    def save_key(self, base_url: str, kid: str, key: ConfirmedKey) -> None:
        """Store a key that the provider has just confirmed."""
        from tidings.store import webhook_keys

        try:
            call_with_timeout(CALL_S, partial(webhook_keys.save_key, base_url, kid, key))
        except (StoreUnavailable, CallTimeout):
            log_warning("verification key not stored")
