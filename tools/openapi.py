"""`make openapi`: generate docs/openapi.json from the product's types and the routes of the translated template.

A test fails if the file is stale, and the end-to-end tests validate every response against it.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import core_schema

from local.deployment import Deployment

if TYPE_CHECKING:
    from tools.api_operations import Operation

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "openapi.json"

Schema = dict[str, Any]


_RETRY_AFTER: Schema = {"Retry-After": {"schema": {"type": "integer"}}}
_PROBLEM_HEADERS: Mapping[int, Schema] = {
    401: {
        "WWW-Authenticate": {
            "schema": {"type": "string"},
            "description": "Present where bearer tokens are accepted (RFC 6750)",
        }
    },
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}


class _StrictSchemaGenerator(GenerateJsonSchema):
    """Forbids undescribed keys in responses, and describes decimals as numbers."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> Schema:  # noqa: ARG002
        return {"type": "number"}

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> Schema:
        return {**super().typed_dict_schema(schema), "additionalProperties": False}


def describe() -> Schema:
    """Return the OpenAPI 3.1 document. Raises ValueError if routes and descriptions do not match."""
    from tools import api_operations

    described = api_operations.OPERATIONS
    deployment = Deployment(ROOT / "template.yaml", {"AllowedOrigins": "https://app.example.com"})
    routes = {route.route_key for route in deployment.routes()}
    if routes != set(described):
        raise ValueError(f"not described, or not in the template: {', '.join(sorted(routes ^ set(described)))}")
    schemas, definitions = _schemas(described)
    paths: dict[str, Schema] = {}
    for key in sorted(described):
        method, path = key.split(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(key, described[key], schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tidings",
            "version": "1",
            "description": "Records that a broker has new data, and fetches it once, when the user requests a refresh.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "session_id"},
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _schemas(described: "Mapping[str, Operation]") -> tuple[Mapping[tuple[str, JsonSchemaMode], Schema], Schema]:
    from tools.api_operations import PROBLEM

    models: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [("Problem", "serialization", TypeAdapter(PROBLEM))]
    for operation in described.values():
        models += [
            (_name(response_type), "serialization", TypeAdapter(response_type))
            for response_type in operation.responses.values()
            if response_type
        ]
        if operation.body:
            models.append((_name(operation.body), "validation", TypeAdapter(operation.body)))
    schemas, shared = TypeAdapter.json_schemas(
        models, ref_template="#/components/schemas/{model}", schema_generator=_StrictSchemaGenerator
    )
    return schemas, shared["$defs"]


def _name(response_type: Any) -> str:  # noqa: ANN401 - a type
    return str(response_type.__name__)


def _operation(key: str, operation: "Operation", schemas: Mapping[tuple[str, JsonSchemaMode], Schema]) -> Schema:
    described: Schema = {
        "operationId": key.lower().translate(str.maketrans(" /{}-", "_____")).replace("__", "_").strip("_"),
        "summary": operation.summary,
        "responses": dict(_responses(operation, schemas)),
    }
    if operation.is_sign_in_required:
        described["security"] = [{"session": []}, {"bearer": []}]
    if operation.body:
        content = {"application/json": {"schema": schemas[_name(operation.body), "validation"]}}
        described["requestBody"] = {"required": bool(_required(operation.body)), "content": content}
    if operation.signature:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    if parameters := _parameters(key, operation):
        described["parameters"] = parameters
    return described


def _parameters(key: str, operation: "Operation") -> list[Schema]:
    required = [(part[1:-1], "path") for part in key.split("/") if part.startswith("{")]
    required += [(operation.signature, "header")] if operation.signature else []
    return [
        *({"name": name, "in": where, "required": True, "schema": {"type": "string"}} for name, where in required),
        *(
            {"name": name, "in": "query", "required": False, "description": meaning, "schema": {"type": "string"}}
            for name, meaning in operation.query.items()
        ),
    ]


def _required(body: Any) -> list[str]:  # noqa: ANN401 - a pydantic model
    return [name for name, declared in body.model_fields.items() if declared.is_required()]


def _responses(
    operation: "Operation", schemas: Mapping[tuple[str, JsonSchemaMode], Schema]
) -> Iterator[tuple[str, Schema]]:
    for status, response_type in operation.responses.items():
        response: Schema = {"description": "Success" if status < 300 else "Not modified"}
        if response_type:
            response["content"] = {"application/json": {"schema": schemas[_name(response_type), "serialization"]}}
        if operation.headers.get(status):
            response["headers"] = {name: {"schema": {"type": "string"}} for name in operation.headers[status]}
        yield str(status), response
    problem = {"application/problem+json": {"schema": schemas["Problem", "serialization"]}}
    for status in sorted({*operation.problems, *((401,) if operation.is_sign_in_required else ()), 500, 503}):
        problem_response: Schema = {"description": "Problem", "content": problem}
        if status in _PROBLEM_HEADERS:
            problem_response["headers"] = _PROBLEM_HEADERS[status]
        yield str(status), problem_response


def render() -> str:
    """Return the document as JSON."""
    return json.dumps(describe(), indent=2, sort_keys=True) + "\n"


def main() -> None:
    """Write docs/openapi.json."""
    # The product's modules read the table names at import; the generator accesses no table.
    for table in ("PROVIDER_ITEMS", "UPDATE_STATE", "HOLDINGS", "SESSIONS", "LINK_SESSIONS", "WEBHOOK_EVENTS"):
        os.environ.setdefault(f"{table}_TABLE", table.lower())
    FILE.write_text(render())
    print(f"wrote {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
