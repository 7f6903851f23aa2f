"""Serve a deployment's public addresses: the webhook functions behind a real server, with replaceable responses."""

import contextlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators.serving import running
from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App

_WEBHOOKS = {"/plaid": "POST /plaid/webhook", "/snaptrade": "POST /api/snaptrade/webhook"}


@dataclass
class ObservedDeployment:
    """`statuses` and `documents` by path replace the genuine responses. `origins`: those that a preflight allows."""

    app: App | None = None
    url: str = ""
    statuses: dict[str, int] = field(default_factory=dict)
    origins: tuple[str, ...] = (ORIGIN,)
    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        if path in self.statuses:
            return Response(status_code=self.statuses[path])
        if path in self.documents:
            return JSONResponse(self.documents[path])
        if request.method == "OPTIONS":
            return self._preflight(request.headers.get("origin", ""))
        if path in _WEBHOOKS and self.app is not None:
            return await run_in_threadpool(
                self._call, _WEBHOOKS[path], headers=dict(request.headers), raw=await request.body()
            )
        if path == "/pending-updates" and self.app is not None:
            cookie = request.cookies.get("session_id")
            return await run_in_threadpool(self._call, "GET /pending-updates", cookie=cookie)
        return Response(status_code=404)

    def _call(self, route: str, **sent: Any) -> Response:  # noqa: ANN401 - what `App.request` takes
        """Call the function without its log, which would mix with the command's output."""
        assert self.app is not None
        with contextlib.redirect_stdout(io.StringIO()):
            response = self.app.request(route, **sent)
        return JSONResponse(response.json, response.status)

    def _preflight(self, origin: str) -> Response:
        allowed = {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
        return Response(status_code=204, headers=allowed if {origin, "*"} & set(self.origins) else {})


@contextmanager
def serve_public_endpoints() -> Iterator[ObservedDeployment]:
    made = ObservedDeployment()
    serving = Starlette(routes=[Route("/{path:path}", made.answer, methods=["GET", "POST", "OPTIONS"])])
    with running(serving) as made.url:
        yield made
