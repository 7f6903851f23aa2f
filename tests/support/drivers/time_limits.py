"""Let no time limit end a call: how long one waits, paused or among a hundred others, depends on the machine."""

from collections.abc import Callable

from tidings import concurrency
from tidings.aws import clients
from tidings.refresh import endpoint

_LONG_S = 300.0


def lift_time_limits(replace: Callable[[object, str, object], None] = setattr) -> None:
    """Give every call five minutes, until the work that it is part of has ended. `replace`: as `setattr`."""
    replace(concurrency._TimeLimit, "remaining_s", _remaining_s)
    replace(clients, "ATTEMPT_TIMEOUT_S", _LONG_S)
    replace(endpoint, "_PROVIDERS_TIMEOUT_S", _LONG_S)


def _remaining_s(limit: concurrency._TimeLimit) -> float:
    outer = _remaining_s(limit._outer) if limit._outer else _LONG_S
    return 0.0 if limit.has_ended else outer
