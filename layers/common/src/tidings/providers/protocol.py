"""What a provider's package offers. Its modules are the implementations, so each member is a module-level function.

Errors: whatever the provider's API does wrong is a ProviderError of tidings.errors. Beside it only a caller's mistake
leaves a provider (BadRequest, Conflict). A fetch never raises ItemGone for what it was only told by the way (§4.7).
Deadlines are `time.monotonic()` seconds.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from tidings.model import Access, DiscoveredSource, FetchedHoldings, ProviderEvent, VerifiedWebhook


class WebhookReader(Protocol):
    """`providers/<name>/webhook.py`"""

    def is_configured(self, app: Mapping[str, str]) -> bool:
        """Whether the deployment's secret has what verifying needs."""

    def verify(self, headers: Mapping[str, str], body: bytes, app: Mapping[str, str], now: int) -> VerifiedWebhook:
        """The authentic webhook (header names are lower-case; `body` is the bytes received; `now` in ms).

        A stale one is returned as such. InvalidSignature, MalformedWebhook, or ProviderError when the provider's key
        service does not answer.
        """

    def parse_event(self, webhook: VerifiedWebhook) -> ProviderEvent:
        """What it means. Never raises: what can't be understood is a Notice that changes nothing."""


class HoldingsReader(Protocol):
    """`providers/<name>/holdings.py`"""

    CALLS_PER_MINUTE: int
    """The provider's limit on the calls that reading holdings takes, for the whole deployment."""

    def is_configured(self, app: Mapping[str, str]) -> bool:
        """Whether the deployment's secret has what calling needs."""

    def expected_calls(self, accounts: Sequence[int]) -> int:
        """How many of them an item's sources take, `accounts` each, the listing of sources included."""

    def fetch(self, access: Access, source_id: str, deadline: float) -> FetchedHoldings:
        """The source's holdings, whole or not at all: one failed account fails it (§4.9).

        Tells `access.count_calls` of its calls before they are made, as `discover` does.
        """


class SourceLister(Protocol):
    """`providers/<name>/holdings.py` of a provider whose item holds any number of sources."""

    def discover(self, access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
        """The item's sources as the provider lists them now, and those of `known` that it still knows unlisted.

        A known source that is missing from the answer was confirmed gone by the provider, one by one (§4.7).
        """


class ConnectionRemover(Protocol):
    """`providers/<name>/connections.py`: what both providers can do; the rest is the provider's own."""

    def is_configured(self, app: Mapping[str, str]) -> bool: ...

    def remove_connection(self, access: Access, source_id: str, deadline: float) -> None:
        """End the connection at the provider. That it is gone already is success."""


class PaidRefresher(Protocol):
    """`providers/<name>/pulling.py`: the paid call that has the provider ask the broker. No webhook leads to it."""

    CALLS_PER_MINUTE: int
    """The provider's limit on these calls, for the whole deployment."""

    RATE_COUNTER: str
    """Whose budget they are counted in: the provider's own, or one beside it where the provider limits them apart."""

    def is_configured(self, app: Mapping[str, str]) -> bool: ...

    def request_refresh(self, access: Access, source_id: str, deadline: float) -> None:
        """Request a refresh once, without retries; count the call first. Acceptance does not say when it is done.

        NotOffered: not for this connection, which is not broken by that. ProviderLimit: pulled too recently.
        """


class StatusReader(Protocol):
    """`providers/<name>/status.py`: how an item stands at its provider, for free."""

    CALLS_PER_MINUTE: int
    """The provider's limit on these calls, for the whole deployment."""

    RATE_COUNTER: str
    """Whose budget they are counted in: the provider's own, or one beside it where the provider limits them apart."""

    CALLS_PER_CHECK: int
    """How many a look takes as a rule."""

    MAX_SILENCE_HOURS: int
    """How long a source that works may say nothing; after that its silence is looked into."""

    def is_configured(self, app: Mapping[str, str]) -> bool: ...

    def read_status(self, access: Access, known: Sequence[str], deadline: float) -> Sequence[DiscoveredSource]:
        """The item's sources with status and stamp, as `discover` finds them. The stamp is made as `fetch` makes it.

        Tells `access.count_calls` of its calls before they are made. ItemGone: the item itself does not exist.
        """
