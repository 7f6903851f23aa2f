"""HTTP clients for servers that tests start on this machine."""

import ssl
from typing import Any

import httpx

from tests.support.drivers.waiting import PATIENCE_S

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Everything is plain HTTP; httpx would read the machine's certificates for each client."""


def loopback_client(**options: Any) -> httpx.Client:  # noqa: ANN401 - httpx's own
    """Without proxies, and with a time limit that only a hang reaches."""
    return httpx.Client(timeout=PATIENCE_S, trust_env=False, verify=_NO_TLS, **options)


loopback = loopback_client()
"""For single requests that need no cookie."""
