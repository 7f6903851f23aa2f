"""Serve the built page from origins other than the API's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import Route

from local.cloud import ROOT
from local.settings import PORTS_TAKEN
from local.simulators.serving import running
from local.static_site import StaticSite

BUILT = ROOT / "frontend" / "page" / "dist"
TOKEN_KEY = "access_token"


@dataclass(frozen=True)
class Origins:
    """Addresses around the API at 127.0.0.1:`port`. Ports make no site: a browser sends cookies to all of a host's."""

    port: int

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def same_site(self) -> str:
        """Another origin, allowed, to which the browser sends the API's cookie."""
        return f"http://127.0.0.1:{self.port + PORTS_TAKEN}"

    @property
    def cross_site(self) -> str:
        """The same server by another host name, allowed too: no cookie goes from there."""
        return f"http://localhost:{self.port + PORTS_TAKEN}"

    @property
    def foreign(self) -> str:
        """An origin of the API's site that is not allowed."""
        return f"http://127.0.0.1:{self.port + PORTS_TAKEN + 1}"

    @property
    def example(self) -> str:
        """The origin of an example app, allowed, at the API's site. A test starts the app."""
        return f"http://127.0.0.1:{self.port + PORTS_TAKEN + 2}"


@contextmanager
def other_origins(origins: Origins) -> Iterator[None]:
    token = {"storage": "session", "key": TOKEN_KEY}
    allowed = f"{origins.api} ws://127.0.0.1:{origins.port}"  # the API and its live updates
    page = StaticSite(BUILT, api=allowed, config={"baseUrl": origins.api, "token": token})
    app = Starlette(routes=[Route("/{path:path}", page.serve)])
    port = origins.port + PORTS_TAKEN
    with running(app, port), running(app, port + 1):
        yield
