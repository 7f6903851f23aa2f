"""`make openapi`: the API's description, made from the product's own types and the translated template's routes.

Written to docs/openapi.json; a test fails when it is stale, and the end-to-end run checks every answer against it.
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
        "WWW-Authenticate": {"schema": {"type": "string"}, "description": "Where bearer tokens are taken (RFC 6750)"}
    },
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}


class _Exact(GenerateJsonSchema):
    """Answers have no keys but the ones described, and their decimals are numbers."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> Schema:  # noqa: ARG002
        return {"type": "number"}

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> Schema:
        return {**super().typed_dict_schema(schema), "additionalProperties": False}


def describe() -> Schema:
    """The OpenAPI 3.1 document. ValueError when the template has a route without a description, or none for one."""
    from tools import api_operations

    described = api_operations.OPERATIONS
    deployment = Deployment(ROOT / "template.yaml", {"AllowedOrigins": "https://app.example.com"})
    routes = {route.key for route in deployment.routes()}
    if routes != set(described):
        raise ValueError(f"not described, or without a route: {', '.join(sorted(routes ^ set(described)))}")
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
            "description": "Tells a portfolio app that a user's broker has news, and fetches it once, on request.",
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

    wanted: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [("Problem", "serialization", TypeAdapter(PROBLEM))]
    for operation in described.values():
        wanted += [(_name(kind), "serialization", TypeAdapter(kind)) for kind in operation.answers.values() if kind]
        if operation.body:
            wanted.append((_name(operation.body), "validation", TypeAdapter(operation.body)))
    schemas, shared = TypeAdapter.json_schemas(
        wanted, ref_template="#/components/schemas/{model}", schema_generator=_Exact
    )
    return schemas, shared["$defs"]


def _name(kind: Any) -> str:  # noqa: ANN401 - a type
    return str(kind.__name__)


def _operation(key: str, operation: "Operation", schemas: Mapping[tuple[str, JsonSchemaMode], Schema]) -> Schema:
    described: Schema = {
        "operationId": key.lower().translate(str.maketrans(" /{}-", "_____")).replace("__", "_").strip("_"),
        "summary": operation.summary,
        "responses": dict(_responses(operation, schemas)),
    }
    if operation.signed_in:
        described["security"] = [{"session": []}, {"bearer": []}]
    if operation.body:
        content = {"application/json": {"schema": schemas[_name(operation.body), "validation"]}}
        described["requestBody"] = {"required": bool(_required(operation.body)), "content": content}
    if operation.signature:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    places = [(part[1:-1], "path") for part in key.split("/") if part.startswith("{")]
    places += [(operation.signature, "header")] if operation.signature else []
    if places:
        described["parameters"] = [
            {"name": name, "in": place, "required": True, "schema": {"type": "string"}} for name, place in places
        ]
    return described


def _required(body: Any) -> list[str]:  # noqa: ANN401 - a pydantic model
    return [name for name, declared in body.model_fields.items() if declared.is_required()]


def _responses(
    operation: "Operation", schemas: Mapping[tuple[str, JsonSchemaMode], Schema]
) -> Iterator[tuple[str, Schema]]:
    for status, kind in operation.answers.items():
        response: Schema = {"description": "Done" if status < 300 else "Not modified"}
        if kind:
            response["content"] = {"application/json": {"schema": schemas[_name(kind), "serialization"]}}
        if operation.headers.get(status):
            response["headers"] = {name: {"schema": {"type": "string"}} for name in operation.headers[status]}
        yield str(status), response
    problem = {"application/problem+json": {"schema": schemas["Problem", "serialization"]}}
    for status in sorted({*operation.problems, *((401,) if operation.signed_in else ()), 500, 503}):
        refused: Schema = {"description": "Problem", "content": problem}
        if status in _PROBLEM_HEADERS:
            refused["headers"] = _PROBLEM_HEADERS[status]
        yield str(status), refused


def written() -> str:
    return json.dumps(describe(), indent=2, sort_keys=True) + "\n"


def main() -> None:
    # The product's modules name their tables when they are imported; nothing here reads one.
    for table in ("PROVIDER_ITEMS", "UPDATE_STATE", "HOLDINGS", "SESSIONS", "LINK_SESSIONS", "WEBHOOK_EVENTS"):
        os.environ.setdefault(f"{table}_TABLE", table.lower())
    FILE.write_text(written())
    print(f"wrote {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
