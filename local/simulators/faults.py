"""Slow and broken answers, ordered through the control API and applied to provider API calls.

`performed`: the call takes effect first and only its answer is broken (a lost reply). Kinds `delay`, `malformed`,
`truncated` and `trickle` need the genuine answer, so they always perform the call.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from local.simulators.control_errors import ControlError

Kind = Literal["delay", "status", "error", "malformed", "truncated", "redirect", "trickle", "close"]
SUBJECTS = ("item_id", "user_id", "connection_id", "account_id")
ALWAYS_PERFORMED: frozenset[Kind] = frozenset(("delay", "malformed", "truncated", "trickle"))


@dataclass
class Fault:
    """One ordered fault. `path` is a prefix; `times` None means until cleared; `subject` narrows it to one source."""

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
        return path.startswith(self.path) and self.subject.items() <= subject.items()

    @property
    def encoded_body(self) -> bytes:
        """The ordered body: a string is sent as it is, anything else as JSON."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


def parse_fault(command: Mapping[str, Any]) -> Fault:
    """The fault that a control call asks for; raises Refused."""
    kind = command.get("kind")
    if kind not in get_args(Kind) or not isinstance(command.get("path"), str):
        raise ControlError(400, f"a fault needs a path and a kind out of {', '.join(get_args(Kind))}")
    subject = {name: command[name] for name in SUBJECTS if name in command}
    unknown = command.keys() - Fault.__dataclass_fields__.keys() - subject.keys()
    if unknown:
        raise ControlError(400, f"unknown fields: {', '.join(sorted(unknown))}")
    fields = {name: value for name, value in command.items() if name not in subject}
    fault = Fault(**fields, subject=subject)
    fault.performed = fault.performed or fault.kind in ALWAYS_PERFORMED
    return fault


class ActiveFaults:
    """The faults in force, the earliest ordered first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, path: str, subject: Mapping[str, str]) -> Fault | None:
        """The fault for this call, counted down."""
        for fault in self._faults:
            if fault.matches(path, subject):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None
