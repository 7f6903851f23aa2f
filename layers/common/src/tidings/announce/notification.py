"""Define what the host's backend is told: a Standard Webhooks message, and its form in the queue."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from tidings import clock
from tidings.model import ProviderName, Source

NotificationType = Literal["updates.available", "updates.fetched", "connection.needs_attention"]

_ID_DIGITS = 32


class Notification(NamedTuple):
    """One notification. `at`: when the change was stored, in ms. `generation`: the source's, or the one fetched.

    `version` tells two notifications of one type and generation apart. `link_id`: generations are counted by link.
    The field names are stored in queue messages.
    """

    type: NotificationType
    user_id: str
    provider: ProviderName
    source_id: str
    link_id: str
    generation: int
    version: int
    at: int

    @classmethod
    def available(cls, user_id: str, source: Source, at: int) -> "Notification":
        """Say that the source has an update to fetch."""
        return cls._of("updates.available", user_id, source, source.generation, 0, at)

    @classmethod
    def fetched(cls, user_id: str, source: Source, at: int) -> "Notification":
        """Say up to which update the source was fetched."""
        return cls._of("updates.fetched", user_id, source, source.seen_generation, 0, at)

    @classmethod
    def needs_attention(cls, user_id: str, source: Source, at: int) -> "Notification":
        """Say that the source's user has to do something."""
        return cls._of("connection.needs_attention", user_id, source, source.generation, source.status_version, at)

    @classmethod
    def _of(
        cls, kind: NotificationType, user_id: str, source: Source, generation: int, version: int, at: int
    ) -> "Notification":
        return cls(kind, user_id, source.provider, source.source_id, source.link_id, generation, version, at)

    @property
    def series(self) -> str:
        """Return the key of what is ordered by generation: one type of one link. It reveals no user and no source."""
        return _digest(self.type, self.user_id, self.provider, self.source_id, self.link_id)

    @property
    def message_id(self) -> str:
        """Return the message's id: the same for every delivery, and for every repetition of the record."""
        return f"msg_{_digest(self.series, self.generation, self.version)[:_ID_DIGITS]}"

    def dump(self) -> dict[str, Any]:
        """Return the fields for the queue."""
        return self._asdict()

    @classmethod
    def load(cls, fields: Mapping[str, Any]) -> "Notification":
        """Parse the fields of a queue's message. Raises TypeError if they are not exactly these."""
        return cls(**fields)

    def payload(self) -> bytes:
        """Return the message's body."""
        data = {
            "user_id": self.user_id,
            "provider": self.provider,
            "source_id": self.source_id,
            "generation": self.generation,
        }
        return build_payload(self.type, self.at, data)


def build_payload(kind: str, at: int, data: Mapping[str, object]) -> bytes:
    """Return a Standard Webhooks body: type, timestamp and data."""
    return json.dumps({"type": kind, "timestamp": clock.iso(at), "data": data}, separators=(",", ":")).encode()


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
