"""Serve Lambda function URLs (AuthType NONE): each has its own port, and every path invokes one function."""

import json
import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.gateway.environments import REQUEST_LIMIT, FunctionService, InvocationError
from local.gateway.http_api import BodyTooLargeError, read_body
from local.gateway.payload import Invoker, MalformedResponseError, build_event, build_response

_TOO_LARGE = f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation"


class FunctionUrlEndpoint:
    """Handles the requests to one function URL as Lambda does."""

    def __init__(self, logical_id: str, service: FunctionService) -> None:
        self._service = service
        self._invoker = Invoker(
            api_id=logical_id.lower(), account_id="anonymous", default_content_type="application/json"
        )

    async def handle(self, request: Request) -> Response:
        """Respond to one request."""
        response = await self._invoke(request)
        response.headers["x-amzn-requestid"] = str(uuid.uuid4())
        return response

    async def _invoke(self, request: Request) -> Response:
        try:
            body = await read_body(request, REQUEST_LIMIT)
        except BodyTooLargeError:
            return JSONResponse({"Message": _TOO_LARGE}, 413)
        event = json.dumps(build_event(request, body, "$default", {}, self._invoker)).encode()
        if len(event) > REQUEST_LIMIT:
            return JSONResponse({"Message": _TOO_LARGE}, 413)
        try:
            return build_response(await self._service.invoke(event), self._invoker)
        except (InvocationError, MalformedResponseError):
            return Response("Internal Server Error", 502, media_type="application/json")
