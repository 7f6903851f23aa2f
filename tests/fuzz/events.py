"""What comes after the verifier: an authentic event is read and made into its row, whatever stands in it."""

from tidings import providers, webhooks
from tidings.model import ProviderName, Webhook
from tidings.store import events

_NOW = 1_790_000_000_000
_ROW_BYTES = 1024


def recorded(provider: ProviderName, webhook: Webhook) -> str:
    """What the event means, in a word for each of its consequences; its row must be one that DynamoDB takes."""
    notice = providers.webhook(provider).read(webhook)
    row = events.row(webhooks._event(provider, notice, webhook, _NOW), "recorded").serialize()
    assert sum(len(str(value).encode()) for value in row.values()) < 2 * _ROW_BYTES
    told = (("marks", notice.marks), ("status", notice.status), ("removes", notice.removes), ("task", notice.task))
    return " ".join(name for name, value in told if value) or "nothing"
