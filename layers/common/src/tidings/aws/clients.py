"""One botocore session for the whole process: a second one costs as much as the first, a tenth of a second."""

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
_making = threading.Lock()


@cache
def _session() -> Session:
    return get_session()


@cache
def _made(service: str) -> Any:  # noqa: ANN401 - botocore makes its clients' classes at run time
    return _session().create_client(service, config=_CONFIG)


def aws_client(service: str) -> Any:  # noqa: ANN401
    """The process's client of an AWS service. Making one is not thread-safe, using it is."""
    with _making:
        return _made(service)


def reset_clients() -> None:
    """Make the clients anew: after the endpoint or the credentials changed."""
    with _making:
        _made.cache_clear()
        _session.cache_clear()
