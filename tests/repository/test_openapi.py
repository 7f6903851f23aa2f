"""docs/openapi.json is current and describes every route completely."""

import json

import pytest
from jsonschema import Draft202012Validator

from tools import openapi


@pytest.fixture(scope="module")
def described() -> openapi.Schema:
    return openapi.describe()


def test_committed_openapi_description_is_current(described: openapi.Schema) -> None:
    assert json.loads(openapi.FILE.read_text()) == json.loads(json.dumps(described)), "run `make openapi`"


def test_every_schema_is_a_valid_json_schema(described: openapi.Schema) -> None:
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_only_webhook_operations_are_public(described: openapi.Schema) -> None:
    unsecured = [
        path
        for path, methods in described["paths"].items()
        for operation in methods.values()
        if "security" not in operation
    ]
    assert unsecured == ["/api/snaptrade/webhook", "/plaid/webhook"]


def test_operation_ids_are_unique(described: openapi.Schema) -> None:
    ids = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
