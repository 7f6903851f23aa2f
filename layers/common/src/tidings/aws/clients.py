"""Create AWS clients from one botocore session per process: each further session costs a tenth of a second."""

import threading
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,
)
_lock = threading.Lock()


@cache
def _session() -> Session:
    return get_session()


@cache
def _client(service: str) -> Any:  # noqa: ANN401 - botocore creates its clients' classes at run time
    return _session().create_client(service, config=_CONFIG)


def aws_client(service: str) -> Any:  # noqa: ANN401
    """Return the process's client of an AWS service. Creating one is not thread-safe; using it is."""
    with _lock:
        return _client(service)


def reset_clients() -> None:
    """Discard all clients, after the endpoint or the credentials changed."""
    with _lock:
        _client.cache_clear()
        _session.cache_clear()
