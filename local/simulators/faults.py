"""Select the fault of a provider API call among those that the control API added.

`performed`: the call takes effect, and only its response is broken or lost. The kinds `delay`, `malformed`,
`truncated` and `trickle` need the genuine response, so they always perform the call.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from local.simulators.control_errors import ControlError

Kind = Literal["delay", "status", "error", "malformed", "truncated", "redirect", "trickle", "close"]
SUBJECTS = ("item_id", "user_id", "connection_id", "account_id")
_POLL_S = 0.01
ALWAYS_PERFORMED: frozenset[Kind] = frozenset(("delay", "malformed", "truncated", "trickle"))


@dataclass
class Fault:
    """One fault. `path` is a prefix; with `times` None it lasts until cleared; `subject` limits it to one source."""

    path: str
    kind: Kind
    delay_s: float = 0.0
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int | None = None
    performed: bool = False
    subject: Mapping[str, str] = field(default_factory=dict)

    def matches(self, path: str, subject: Mapping[str, str]) -> bool:
        """Return whether the fault applies to a call."""
        return path.startswith(self.path) and self.subject.items() <= subject.items()

    @property
    def encoded_body(self) -> bytes:
        """Return the body of the fault: a string as it is, anything else as JSON."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


def parse_fault(command: Mapping[str, Any]) -> Fault:
    """Parse the fault in a control command. Raises ControlError if the command is malformed."""
    kind = command.get("kind")
    if kind not in get_args(Kind) or not isinstance(command.get("path"), str):
        raise ControlError(400, f"a fault needs a path and a kind: {', '.join(get_args(Kind))}")
    subject = {name: command[name] for name in SUBJECTS if name in command}
    unknown = command.keys() - Fault.__dataclass_fields__.keys() - subject.keys()
    if unknown:
        raise ControlError(400, f"unknown fields: {', '.join(sorted(unknown))}")
    fields = {name: value for name, value in command.items() if name not in subject}
    fault = Fault(**fields, subject=subject)
    fault.performed = fault.performed or fault.kind in ALWAYS_PERFORMED
    return fault


class ActiveFaults:
    """The active faults, the earliest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self.clearances = 0
        """How often the faults were cleared."""

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        """Remove all faults, and end the delays in progress. A test may call it from its own thread."""
        self._faults.clear()
        self.clearances += 1

    async def wait(self, delay_s: float, clearances: int) -> None:
        """Wait as long as a fault delays a call, or until the faults are cleared.

        `clearances`: their number before the fault was taken.
        """
        end = time.monotonic() + delay_s
        while self.clearances == clearances and (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _POLL_S))

    def take(self, path: str, subject: Mapping[str, str]) -> Fault | None:
        """Return the fault of a call and count it down; None without one."""
        for fault in self._faults:
            if fault.matches(path, subject):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None
