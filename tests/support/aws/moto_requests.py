"""The way from botocore's DynamoDB clients to moto, without what a request inside the process does not need."""

import functools
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.endpoint import Endpoint
from botocore.endpoint_provider import RuleSetEndpoint
from botocore.model import OperationModel, StructureShape
from botocore.parsers import JSONParser
from botocore.regions import EndpointRulesetResolver
from botocore.signers import RequestSigner
from moto.backend_index import backend_url_patterns
from moto.core import responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.dynamodb.responses import DynamoHandler
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

_READS = {"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"}
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
_CALLS_OF_ROWS = _READS | _WRITES
_OTHER_SERVICES = {"kms", "secretsmanager", "sqs"}


def _parse_rows(body: Any) -> dict[str, Any]:  # noqa: ANN401 - bytes or a text
    # botocore and moto look for each member of each shape in each value, though only binary values need a change.
    parsed: dict[str, Any] = json.loads(body, object_hook=_decode)
    return {name: value for name, value in parsed.items() if value is not None}


def _decode(value: dict[str, Any]) -> dict[str, Any]:
    """Decode a binary value. A row's attribute of that name has a whole value, and no text."""
    if len(value) == 1:
        match value:
            case {"B": str(binary)}:
                return {"B": b64decode(binary)}
            case {"BS": list(binaries)}:
                return {"BS": [b64decode(binary) for binary in binaries]}
    return value


class _CallOfRows(AWSPreparedRequest):
    """A call that only moto receives: its headers are not checked, and it has no signature."""

    context: dict[str, Any]


_create_request = Endpoint.create_request


def _create_call(self: Endpoint, params: Mapping[str, Any], operation_model: OperationModel | None = None) -> Any:  # noqa: ANN401
    # botocore checks each header several times, and signs them. An engine has an address on this machine.
    is_for_moto = params["url"].startswith("https://dynamodb.")
    if operation_model is None or operation_model.name not in _CALLS_OF_ROWS or not is_for_moto:
        return _create_request(self, params, operation_model)
    headers: Any = {name: text.encode() for name, text in params["headers"].items()}
    return _CallOfRows("POST", params["url"], headers, params["body"], False, params["context"])


Endpoint.create_request = _create_call  # type: ignore[method-assign]


def _respond(call: _CallOfRows) -> TYPE_RESPONSE:
    handler = DynamoHandler()
    handler.headers = {name: text.decode() for name, text in dict[str, Any](call.headers).items()}
    handler.response_headers = {"date": format_datetime(datetime.now(UTC), usegmt=True)}
    handler.querystring, handler.uri_match = {}, {}
    handler.region, handler.current_account = call.context["client_region"], DEFAULT_ACCOUNT_ID
    handler.partition, handler.params = get_partition(handler.region), _parse_rows(call.body)
    try:
        response: TYPE_RESPONSE = handler.call_action()
    except HTTPException as error:
        return error.code or 500, dict(error.get_headers()), error.get_body()
    return response


_process_request = BotocoreStubber.process_request


def _process(self: BotocoreStubber, request: AWSPreparedRequest) -> TYPE_RESPONSE | None:
    # moto builds a whole WSGI request, and looks for its service among hundreds of patterns.
    return _respond(request) if isinstance(request, _CallOfRows) else _process_request(self, request)


BotocoreStubber.process_request = _process  # type: ignore[method-assign]
# moto looks through the patterns of all services in this order.
backend_url_patterns.sort(key=lambda pattern: pattern[0] not in _OTHER_SERVICES)

_sign_request = RequestSigner.sign


def _sign(self: RequestSigner, operation_name: str, request: AWSRequest, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
    # moto reads no signature of these services. An engine has an address on this machine.
    service, _, domain = (urlsplit(str(request.url)).hostname or "").partition(".")
    if service not in _OTHER_SERVICES or not domain.endswith("amazonaws.com"):
        _sign_request(self, operation_name, request, *arguments, **options)


RequestSigner.sign = _sign  # type: ignore[method-assign]


_serialize = DynamoHandler.serialized


def _serialize_plainly(handler: DynamoHandler, result: ActionResult) -> TYPE_RESPONSE:
    # moto looks for each member of each value under fourteen names, in what is already as DynamoDB sends it.
    if isinstance(result.result, dict) and handler._get_action() in _CALLS_OF_ROWS:
        return 200, handler.response_headers, json.dumps(result.result, default=_encode)
    return _serialize(handler, result)


def _encode(binary: bytes) -> str:
    return b64encode(binary).decode()


DynamoHandler.serialized = _serialize_plainly  # type: ignore[method-assign, assignment]

_parse_body = JSONParser._handle_json_body  # type: ignore[attr-defined]
_OUTPUTS = {f"{operation}Output" for operation in _CALLS_OF_ROWS}


def _parse_response(self: JSONParser, body: bytes, shape: StructureShape) -> Any:  # noqa: ANN401 - as botocore's own
    if shape.name not in _OUTPUTS:
        return _parse_body(self, body, shape)
    return {name: value for name, value in _parse_rows(body).items() if name in shape.members}


JSONParser._handle_json_body = _parse_response  # type: ignore[attr-defined]

_construct_endpoint = EndpointRulesetResolver.construct_endpoint


def _known_endpoint(
    self: EndpointRulesetResolver,
    operation_model: OperationModel,
    call_args: Mapping[str, Any] | None,
    request_context: Mapping[str, Any],
) -> RuleSetEndpoint:
    # botocore evaluates the rules for each call, since a table may be named by its ARN. The product has names.
    if operation_model.name not in _CALLS_OF_ROWS:
        return _construct_endpoint(self, operation_model, call_args, request_context)
    known = vars(self).get("endpoint_of_rows") or _construct_endpoint(self, operation_model, call_args, request_context)
    vars(self)["endpoint_of_rows"] = known
    return known


EndpointRulesetResolver.construct_endpoint = _known_endpoint  # type: ignore[method-assign]

# moto makes a random id for each response, and looks for a place for it in the body.
DynamoHandler._enrich_response = staticmethod(lambda headers, body: (headers, body))  # type: ignore[method-assign]

# moto lists all methods of a class, and finds the name of one, anew for each call.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)  # type: ignore[attr-defined]
responses.camelcase_to_underscores = functools.cache(responses.camelcase_to_underscores)  # type: ignore[attr-defined]


def _make_error(self: JsonRESTError, error_type: str, message: str, *_: object, **__: object) -> None:
    # moto writes each error as XML first.
    HTTPException.__init__(self)
    self.error_type, self.message, self.content_type = error_type, message, "application/json"
    self.description = json.dumps({"__type": error_type, "message": message})


JsonRESTError.__init__ = _make_error  # type: ignore[method-assign]
