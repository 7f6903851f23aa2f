"""Wait for the messages that tell the host app of one user's next updates."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.e2e.faults.cloud import FaultyCloud
from tests.e2e.faults.rows import generations
from tests.e2e.faults.sources import newest_sources
from tests.support.drivers.waiting import wait_until


@dataclass(frozen=True)
class AwaitedMessages:
    """`since`: the generation of each source before the updates."""

    faulty: FaultyCloud
    since: Mapping[str, int]

    @classmethod
    def of_newest_user(cls, faulty: FaultyCloud) -> "AwaitedMessages":
        """Begin to await what the most recent user's brokers will report."""
        stored = generations(faulty.cloud)
        return cls(faulty, {source_id: stored[source_id] for source_id in newest_sources(faulty.brokers).values()})

    def wait(self) -> None:
        """Wait until the host app received an update of each source, whatever it answered."""
        wait_until(lambda: {source for _, source in self._received()} == set(self.since), "the host app was not told")

    def is_repeated(self) -> bool:
        """Whether the host app received one of the messages again, by its id."""
        return any(count > 1 for count in Counter(message_id for message_id, _ in self._received()).values())

    def _received(self) -> Iterator[tuple[str, str]]:
        """Yield the id and the source of each message that arrived."""
        for _, headers, body in list(self.faulty.host.requests):
            message = json.loads(body)
            data = message["data"]
            is_newer = data["generation"] > self.since.get(data["source_id"], data["generation"])
            if message["type"] == "updates.available" and is_newer:
                yield headers["webhook-id"], data["source_id"]
