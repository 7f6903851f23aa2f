"""Record the calls of the provider API: subject, time and status."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """One provider API call. Times are epoch seconds; `subject` holds the ids of item, user, connection or account."""

    method: str
    path: str
    subject: Mapping[str, str]
    at: float = field(default_factory=time.time)
    ended_at: float | None = None
    status: int | None = None

    def finish(self, status: int | None) -> None:
        """Set the status and the end time."""
        self.status = status
        self.ended_at = time.time()

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "ended_at": self.ended_at,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            **self.subject,
        }


class CallLog:
    """The last 20,000 calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=20_000)

    def start_call(self, method: str, path: str, subject: Mapping[str, str]) -> Call:
        call = Call(method, path, subject)
        self._calls.append(call)
        return call

    def to_json(self) -> list[dict[str, Any]]:
        return [call.to_json() for call in self._calls]

    def clear(self) -> None:
        self._calls.clear()
