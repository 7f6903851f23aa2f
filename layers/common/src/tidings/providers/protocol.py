"""Define what a provider's package implements. Its modules are the implementations: each member is a module function.

Every failure of a provider's API raises a ProviderError; a mistake of the caller raises BadRequest or Conflict.
A fetch raises ItemGone only if the provider says so about the item itself (docs/protocol.md, rule 7).
Deadlines are `time.monotonic()` seconds.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from tidings.model import Access, ConfirmedKey, DiscoveredSource, ProviderEvent, VerifiedWebhook

if TYPE_CHECKING:
    from tidings.holdings import FetchedHoldings, StoredReadings


class KeyStore(Protocol):
    """Keeps the verification keys that a provider confirmed beyond the process."""

    def find_key(self, base_url: str, kid: str) -> ConfirmedKey | None: ...

    def save_key(self, base_url: str, kid: str, key: ConfirmedKey) -> None: ...


class NoKeyStore:
    """Keeps nothing: each process asks the provider."""

    def find_key(self, base_url: str, kid: str) -> ConfirmedKey | None:  # noqa: ARG002 - the protocol's
        return None

    def save_key(self, base_url: str, kid: str, key: ConfirmedKey) -> None: ...


NO_KEY_STORE = NoKeyStore()


class WebhookReader(Protocol):
    """Verifies and parses webhooks (`providers/<name>/webhook.py`)."""

    def is_configured(self, app: Mapping[str, str]) -> bool:
        """Return whether the deployment's secret has the keys that verification needs."""

    def verify(
        self,
        headers: Mapping[str, str],
        body: bytes,
        app: Mapping[str, str],
        now: int,
        key_store: KeyStore = NO_KEY_STORE,
        /,
    ) -> VerifiedWebhook:
        """Verify a webhook. Header names are lower-case, `body` is the bytes received, `now` is in ms.

        `key_store`: for a provider whose keys are looked up.

        An authentic webhook that is too old is returned with `stale` set. Raises InvalidSignature if it is not
        authentic, MalformedWebhook if its body is no JSON object, ProviderError if the key service fails.
        """

    def parse_event(self, webhook: VerifiedWebhook) -> ProviderEvent:
        """Parse the webhook's event. Never raises: an unknown event becomes one that changes nothing."""


class HoldingsReader(Protocol):
    """Fetches holdings (`providers/<name>/holdings.py`)."""

    CALLS_PER_MINUTE: int
    """The provider's limit on the calls of fetches, for the whole deployment."""

    def is_configured(self, app: Mapping[str, str]) -> bool:
        """Return whether the deployment's secret has the keys that calls need."""

    def expected_calls(self, accounts: Sequence[int]) -> int:
        """Estimate the calls to fetch an item, listing included. `accounts`: the number of accounts of each source."""

    def fetch(
        self, access: Access, source_id: str, deadline: float, stored: "StoredReadings" = ...
    ) -> "FetchedHoldings":
        """Fetch the source's holdings. An error that may pass fails the fetch whole (docs/protocol.md, rule 9).

        `stored`: the readings that the accounts' totals decided before. An account that the provider refuses for good
        has no rows.

        Counts its calls with `access.count_calls` before making them, as `discover` does.
        """


class SourceLister(Protocol):
    """Lists an item's sources, if the provider's item can have many (`providers/<name>/holdings.py`)."""

    def discover(self, access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
        """List the item's sources, and those of `known` that the list omits although they exist.

        The provider confirmed each known source missing from the result as gone (docs/protocol.md, rule 7).
        """


class ConnectionRemover(Protocol):
    """Ends connections (`providers/<name>/connections.py`, beside the provider's own functions)."""

    def is_configured(self, app: Mapping[str, str]) -> bool: ...

    def remove_connection(self, access: Access, source_id: str, deadline: float) -> None:
        """End the connection at the provider. Succeeds if the connection does not exist."""


class PaidRefresher(Protocol):
    """Requests paid refreshes (`providers/<name>/paid_refresh.py`). A webhook never causes one."""

    CALLS_PER_MINUTE: int
    """The provider's limit on these calls, for the whole deployment."""

    RATE_COUNTER: str
    """The rate counter of these calls: the provider's own, or a separate one if the provider limits them separately."""

    def is_configured(self, app: Mapping[str, str]) -> bool: ...

    def request_refresh(self, access: Access, source_id: str, deadline: float) -> None:
        """Request a refresh once, without retries; count the call first. The provider completes it later.

        Raises NotOffered if the connection has no paid refresh, ProviderLimit if the last one is too recent.
        """


class StatusReader(Protocol):
    """Reads an item's status at its provider by free calls (`providers/<name>/status.py`)."""

    CALLS_PER_MINUTE: int
    """The provider's limit on these calls, for the whole deployment."""

    RATE_COUNTER: str
    """The rate counter of these calls: the provider's own, or a separate one if the provider limits them separately."""

    CALLS_PER_CHECK: int
    """The usual number of calls of one status check."""

    MAX_SILENCE_HOURS: int
    """How long a working source may send no webhook before a status check is due."""

    def is_configured(self, app: Mapping[str, str]) -> bool: ...

    def read_status(self, access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
        """Read the item's sources as `discover` does, each with its status and the same kind of stamp as `fetch`.

        Counts its calls with `access.count_calls` before making them. Raises ItemGone if the item does not exist.
        """
