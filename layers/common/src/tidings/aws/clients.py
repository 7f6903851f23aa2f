"""Create AWS clients from one botocore session per process: each further session costs a tenth of a second.

A call keeps the time limit of the work that makes it (tidings.concurrency): no attempt begins once the time is up, and
none waits longer than what is left. So a thread that outlives its invocation can write nothing more.
"""

import gc
import threading
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session, get_session

from tidings.concurrency import remaining_s

CONNECT_TIMEOUT_S = 1.0
ATTEMPT_TIMEOUT_S = 2.0
"""How long one attempt waits for its response if the work has a time limit. The services respond within milliseconds;
another attempt helps where a connection died while the process was frozen."""

_CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_S,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,
    user_agent="tidings",  # botocore composes its own twice for each call: half of the CPU time in the SDK
)
_GC_THRESHOLDS = 50_000, 20, 50
"""Answering a large portfolio makes some 200,000 objects that stay until it is answered."""
_lock = threading.Lock()


class TimeIsUp(BotoCoreError):
    """The work has no time left, so the call was not sent."""

    fmt = "The time for this work is over"


@cache
def session() -> Session:
    """Return the process's session."""
    return get_session()


@cache
def _client(service: str) -> Any:  # noqa: ANN401 - botocore creates its clients' classes at run time
    client = session().create_client(service, config=_CONFIG)
    # First, since a later handler may be the one that sends.
    client.meta.events.register_first("before-send", _limit_attempt)
    service_id = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"needs-retry.{service_id}", _end_retries)
    return client


def _limit_attempt(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's request
    """Limit an attempt by the time that is left. Raises TimeIsUp if there is none."""
    remaining = remaining_s()
    if remaining <= 0:
        raise TimeIsUp
    if remaining < float("inf"):
        request.context["read_timeout"] = min(ATTEMPT_TIMEOUT_S, remaining)


def _end_retries(attempts: int, caught_exception: Exception | None, **_: object) -> Any:  # noqa: ANN401 - to botocore's stubs handlers return nothing
    """Return False, which ends the retries, if the SDK's pause after a throttled attempt could outlast the time."""
    longest_pause_s = 0 if caught_exception else 2 ** (attempts - 1)
    return False if remaining_s() <= longest_pause_s else None


def aws_client(service: str) -> Any:  # noqa: ANN401
    """Return the process's client of an AWS service. Creating one is not thread-safe; using it is."""
    with _lock:
        return _client(service)


def create_clients(*services: str) -> None:
    """Create clients as the last step of a function's INIT: Lambda lends a whole processor for that time.

    What INIT made stays, so no garbage collection looks through it from now on.
    """
    for service in services:
        aws_client(service)
    "localhost".encode("idna")  # loads the codec, which the first connection needs
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def reset_clients() -> None:
    """Discard all clients, after the endpoint or the credentials changed."""
    with _lock:
        _client.cache_clear()
        session.cache_clear()
