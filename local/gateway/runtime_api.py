"""Serve the Lambda Runtime API to the bootstrap (awslambdaric) of each environment.

Each environment has its own port, which identifies the caller.
"""

import json
from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.account import ACCOUNT, REGION
from local.gateway.environments import RESPONSE_LIMIT, Environment, Slot

_VERSION = "/2018-06-01/runtime"
_ACCEPTED = JSONResponse({"status": "OK"}, status_code=202)


class RuntimeApi:
    """Serves the Runtime API of all environments."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._slots = {slot.port: slot for slot in slots}
        self.app = Starlette(
            routes=[
                Route(f"{_VERSION}/invocation/next", self._next),
                Route(f"{_VERSION}/invocation/{{request_id}}/response", self._response, methods=["POST"]),
                Route(f"{_VERSION}/invocation/{{request_id}}/error", self._error, methods=["POST"]),
                Route(f"{_VERSION}/init/error", self._init_error, methods=["POST"]),
            ]
        )

    def is_runtime_port(self, port: int) -> bool:
        """Return whether `port` belongs to an environment."""
        return port in self._slots

    def _environment(self, request: Request) -> Environment | None:
        return self._slots[request.scope["server"][1]].environment

    async def _next(self, request: Request) -> Response:
        environment = self._environment(request)
        invocation = None if environment is None else await environment.next_invocation()
        if environment is None or invocation is None:
            return Response(status_code=410)
        name = environment.function.logical_id
        trace_id = f"{invocation.deadline_ms // 1000:08x}-{invocation.request_id.replace('-', '')[:24]}"
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
            "Lambda-Runtime-Trace-Id": f"Root=1-{trace_id}",
        }
        return Response(invocation.event, media_type="application/json", headers=headers)

    async def _response(self, request: Request) -> Response:
        payload = await request.body()
        environment = self._environment(request)
        if environment is None or environment.current is None:
            return JSONResponse({"errorType": "InvalidRequestID"}, status_code=400)
        if environment.current.request_id != request.path_params["request_id"]:
            return JSONResponse({"errorType": "InvalidRequestID"}, status_code=400)
        if len(payload) > RESPONSE_LIMIT:
            environment.fail_and_terminate(
                f"Function.ResponseSizeTooLarge: {len(payload)} bytes exceed the maximum of {RESPONSE_LIMIT}"
            )
            return JSONResponse({"errorType": "RequestEntityTooLarge"}, status_code=413)
        environment.current.succeed(payload)
        return _ACCEPTED

    async def _error(self, request: Request) -> Response:
        reason = await _parse_error(request)
        environment = self._environment(request)
        if environment is not None and environment.current is not None:
            environment.current.fail(reason)
        return _ACCEPTED

    async def _init_error(self, request: Request) -> Response:
        reason = await _parse_error(request)
        environment = self._environment(request)
        if environment is not None:
            environment.fail_and_terminate(reason)
        return _ACCEPTED


async def _parse_error(request: Request) -> str:
    error = json.loads(await request.body())
    return f"{error.get('errorType')}: {error.get('errorMessage')}"
