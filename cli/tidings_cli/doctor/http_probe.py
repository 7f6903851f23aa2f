"""Send one HTTP request to an address of the deployment, without credentials of ours."""

import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TIMEOUT_S = 15
_READ_BYTES = 1024 * 1024
_server: ContextVar[str | None] = ContextVar("server", default=None)
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class Unreachable(Exception):
    """The address does not respond, or not in time."""


@dataclass(frozen=True, slots=True)
class ProbeResponse:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: another address is not the configured one."""

    def redirect_request(self, *_: object) -> None:
        return None


@contextmanager
def connect_to(server: str | None) -> Iterator[None]:
    """Send requests to this server whatever their address names, as an emulation of AWS serves every name."""
    token = _server.set(server)
    try:
        yield
    finally:
        _server.reset(token)


def send(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> ProbeResponse:
    """Return the response of any status. Raises Unreachable if there is none."""
    if not url.startswith(("https://", "http://")):
        raise Unreachable(f"{url or 'an empty text'} is not an address")
    sent = dict(headers or {})
    if server := _server.get():
        parts = urlsplit(url)
        sent["host"] = parts.netloc
        url = server.rstrip("/") + url.removeprefix(f"{parts.scheme}://{parts.netloc}")
    request = urllib.request.Request(url, method=method, data=body, headers=sent)  # noqa: S310 - checked above
    try:
        with _opener(url).open(request, timeout=_TIMEOUT_S) as response:
            return _read_response(response)
    except urllib.error.HTTPError as error:
        with error:
            return _read_response(error)
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise Unreachable(f"{url} does not respond ({reason})") from None


def _opener(url: str) -> urllib.request.OpenerDirector:
    direct = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in _LOOPBACK else []
    return urllib.request.build_opener(_NoRedirect(), *direct)


def _read_response(response: "urllib.request._UrlopenRet") -> ProbeResponse:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return ProbeResponse(response.status, headers, response.read(_READ_BYTES))
