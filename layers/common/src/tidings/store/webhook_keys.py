"""Store the verification keys that Plaid confirmed. Only the Plaid webhook function may write this table.

Kept apart from the other tables: no other function reads it, and an older stack has no such table.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from tidings import settings
from tidings.model import ConfirmedKey
from tidings.store.conditional_writes import translate_read_errors, write
from tidings.store.tables import Row

_KEPT_S = 30 * 24 * 3600


class WebhookKey(Row):
    """A public key. `key`: `<base URL>#<kid>`, so that one environment never uses another's keys."""

    class Meta:
        table_name = settings.table("WEBHOOK_KEYS")

    key = UnicodeAttribute(hash_key=True)
    x = UnicodeAttribute()
    y = UnicodeAttribute()
    expired_at = NumberAttribute(null=True)
    confirmed_at = NumberAttribute()
    expires_at = NumberAttribute()


def find_key(base_url: str, kid: str) -> ConfirmedKey | None:
    """Return a stored key, eventually consistent; None if there is none. Raises StoreUnavailable."""
    with translate_read_errors():
        try:
            row = WebhookKey.get(_key(base_url, kid))
        except WebhookKey.DoesNotExist:
            return None
    expired_at = None if row.expired_at is None else int(row.expired_at)
    return ConfirmedKey(row.x, row.y, expired_at, int(row.confirmed_at))


def save_key(base_url: str, kid: str, key: ConfirmedKey) -> None:
    """Store a key that the provider has just confirmed. Raises StoreUnavailable."""
    row = WebhookKey(
        _key(base_url, kid),
        x=key.x,
        y=key.y,
        expired_at=key.expired_at,
        confirmed_at=key.confirmed_at,
        expires_at=key.confirmed_at // 1000 + _KEPT_S,
    )
    write(row.save)


def _key(base_url: str, kid: str) -> str:
    return f"{base_url}#{kid}"
