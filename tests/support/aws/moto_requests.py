"""The way from botocore's DynamoDB clients to moto, without what a request inside the process does not need."""

import functools
import json
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSRequest, HeadersDict
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString
from moto.core import responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.common_types import TYPE_RESPONSE
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.dynamodb.responses import DynamoHandler
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

_DYNAMODB = re.compile(r"https://dynamodb\.([a-z0-9-]+)\.amazonaws\.com/")


@dataclass(frozen=True)
class _Request:
    """What moto's parser reads of a request, which moto takes from werkzeug's."""

    data: Any
    headers: Any
    content_type: str
    method: str = "POST"
    path: str = "/"
    values: None = None


def _respond(request: AWSPreparedRequest, region: str) -> TYPE_RESPONSE:
    sent: Any = request.headers  # bytes, as botocore prepares them
    headers = HeadersDict({name: sent[name].decode() for name in ("Content-Type", "X-Amz-Target")})
    handler = DynamoHandler()
    handler.headers, handler.response_headers = headers, {"date": format_datetime(datetime.now(UTC), usegmt=True)}
    handler.querystring, handler.uri_match = {}, {}
    handler.region, handler.partition, handler.current_account = region, get_partition(region), DEFAULT_ACCOUNT_ID
    handler.parse_parameters(_Request(request.body, headers, headers["Content-Type"]))  # type: ignore[arg-type]
    try:
        response: TYPE_RESPONSE = handler.call_action()
    except HTTPException as error:
        return error.code or 500, dict(error.get_headers()), error.get_body()
    return response


_process_request = BotocoreStubber.process_request


def _process(self: BotocoreStubber, request: AWSPreparedRequest) -> TYPE_RESPONSE | None:
    # moto builds a whole WSGI request, and looks for its service among hundreds of patterns.
    called = _DYNAMODB.fullmatch(request.url)
    return _respond(request, called[1]) if called else _process_request(self, request)


BotocoreStubber.process_request = _process  # type: ignore[method-assign]

_sign_request = RequestSigner.sign


def _sign(self: RequestSigner, operation_name: str, request: AWSRequest, *args: Any, **options: Any) -> None:  # noqa: ANN401
    # moto reads no signature.
    if not _DYNAMODB.fullmatch(request.url or ""):
        _sign_request(self, operation_name, request, *args, **options)


RequestSigner.sign = _sign  # type: ignore[method-assign]


def _user_agent(self: UserAgentString) -> str:
    # botocore composes it twice for each call.
    return "tests"


UserAgentString.to_string = _user_agent  # type: ignore[method-assign]

_READS = {"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"}
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
_CALLS_OF_ROWS = _READS | _WRITES
_serialize = DynamoHandler.serialized


def _serialize_plainly(handler: DynamoHandler, result: ActionResult) -> TYPE_RESPONSE:
    # moto looks for each member of each value under fourteen names, in what is already as DynamoDB sends it.
    if isinstance(result.result, dict) and handler._get_action() in _CALLS_OF_ROWS:
        return 200, handler.response_headers, json.dumps(result.result, default=_encode)
    return _serialize(handler, result)


def _encode(binary: bytes) -> str:
    return b64encode(binary).decode()


DynamoHandler.serialized = _serialize_plainly  # type: ignore[method-assign, assignment]

# moto makes a random id for each response, and looks for a place for it in the body.
DynamoHandler._enrich_response = staticmethod(lambda headers, body: (headers, body))  # type: ignore[method-assign]

# moto lists all methods of a class anew for each call.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)  # type: ignore[attr-defined]
