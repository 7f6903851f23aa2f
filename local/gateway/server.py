"""Serve all ports of the gateway; the port selects the handler."""

import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from local.gateway.environments import FunctionService
from local.gateway.event_source import EventSourceMapping
from local.gateway.function_url import FunctionUrlEndpoint
from local.gateway.http_api import HttpApi
from local.gateway.live_api import LiveUpdates
from local.gateway.local_routes import LocalRoutes
from local.gateway.runtime_api import RuntimeApi
from local.gateway.schedule import ScheduledRule
from local.gateway.specification import LIVE_PATH, Gateway
from local.gateway.stream_source import StreamMapping
from local.ports import loopback_socket

_Handler = Callable[[Request], Awaitable[Response]]


class GatewayServer(uvicorn.Server):
    """Serves the API, the function URLs, the local-only routes and the Runtime API until SIGTERM or SIGINT."""

    def __init__(self, gateway: Gateway) -> None:
        config = uvicorn.Config(
            self._dispatch,
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
            server_header=False,
            interface="asgi3",
            ws="websockets-sansio",
            proxy_headers=False,
        )
        super().__init__(config)
        Path(gateway.logs).mkdir(parents=True, exist_ok=True)
        self._services = {function.logical_id: FunctionService(function, gateway) for function in gateway.functions}
        self._slots = [slot for service in self._services.values() for slot in service.slots]
        self._runtime_api = RuntimeApi(self._slots)
        self._rules = {
            schedule.logical_id: ScheduledRule(schedule, self._services[schedule.function])
            for schedule in gateway.schedules
        }
        self._local = LocalRoutes(gateway, self._rules)
        self._handlers: dict[int, _Handler] = {
            gateway.port: HttpApi(gateway, self._services).handle,
            **{
                url.port: FunctionUrlEndpoint(url.logical_id, self._services[url.function]).handle
                for url in gateway.function_urls
            },
        }
        self._front = gateway.port
        self._live = _live_updates(gateway, self._services)
        self._mappings: list[EventSourceMapping | StreamMapping] = [
            *(
                EventSourceMapping(source, self._services[source.function], gateway.aws_endpoint)
                for source in gateway.event_sources
            ),
            *(
                StreamMapping(source, self._services[source.function], gateway.aws_endpoint)
                for source in gateway.stream_sources
            ),
        ]

    def listen(self) -> list[socket.socket]:
        """Bind every port on loopback. Raises OSError if a port is in use."""
        return [*(loopback_socket(port) for port in self._handlers), *(slot.socket for slot in self._slots)]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the server, the event source mappings and the schedules."""
        await super().startup(sockets)
        for mapping in self._mappings:
            mapping.start()
        for rule in self._rules.values():
            rule.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop the environments before the server, which would wait for their open Runtime API requests."""
        for mapping in self._mappings:
            mapping.stop()
        for rule in self._rules.values():
            rule.stop()
        for service in self._services.values():
            await service.stop()
        await self._local.close()
        await super().shutdown(sockets)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._dispatch_websocket(WebSocket(scope, receive, send))
            return
        port = scope["server"][1]
        if self._runtime_api.is_runtime_port(port):
            await self._runtime_api.app(scope, receive, send)
            return
        request = Request(scope, receive)
        is_live = self._live is not None and scope["path"].startswith(f"{LIVE_PATH}/")
        if port == self._front and not is_live and self._local.is_local_request(request):
            await self._local.app(scope, receive, send)
            return
        try:
            if self._live and port == self._front and scope["path"] == f"{LIVE_PATH}/event":
                response = await self._live.publish(request)
            else:
                response = await self._handlers[port](request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _dispatch_websocket(self, socket: WebSocket) -> None:
        port, path = socket.scope["server"][1], socket.scope["path"]
        if self._live is None or port != self._front or path != f"{LIVE_PATH}/event/realtime":
            await socket.close()
            return
        await self._live.listen(socket)


def _live_updates(gateway: Gateway, services: Mapping[str, FunctionService]) -> LiveUpdates | None:
    api = gateway.live_api
    return None if api is None else LiveUpdates(api, services[api.authorizer], gateway.record)
