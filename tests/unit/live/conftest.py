import pytest

from tidings.aws import secrets
from tidings.errors import StoreUnavailable

TICKET_KEY = "ticket-key"
CHANNEL_KEY = "channel-key"


class Keys(dict[str, dict[str, str]]):
    """The values of the deployment's secrets by name. An absent one can't be read."""

    def read(self, name: str) -> dict[str, str]:
        try:
            return self[name]
        except KeyError:
            raise StoreUnavailable from None


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    """The keys of live updates, which the test may change."""
    stored = Keys(live_ticket={"key": TICKET_KEY}, live_channel={"key": CHANNEL_KEY})
    monkeypatch.setattr(secrets, "app_secret", stored.read)
    return stored
