"""Record the fields of the providers' responses (`python -m tools.provider_fields PLAID_SPEC SNAPTRADE_SPEC`).

docs/provider-fields.md says of each recorded field whether it is used, shown or ignored. The specifications themselves
are not part of the repository.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

import yaml

FILE = Path(__file__).parents[1] / "tests" / "repository" / "docs" / "provider_fields.json"
Schema = Mapping[str, Any]

RESPONSES: Mapping[str, Mapping[str, str]] = {
    "plaid": {"InvestmentsHoldingsGetResponse": "", "ItemGetResponse": ""},
    "snaptrade": {
        "BrokerageAuthorization": "authorizations[]",
        "Account": "accounts[]",
        "Balance": "balances[]",
        "AllAccountPositionsResponse": "positions",
    },
}
"""The schemas that describe accounts, holdings and connections, and where their fields stand."""


class RecordedFields(TypedDict):
    """The fields of one provider's specification, by the object that has them. `""` is the response itself."""

    version: str
    sha256: str
    fields: dict[str, list[str]]


def record_fields(provider: str, specification: bytes) -> RecordedFields:
    """List the fields of the provider's responses."""
    parsed = yaml.load(specification, Loader=yaml.CSafeLoader)
    schemas = parsed["components"]["schemas"]
    paths = {
        path
        for name, place in RESPONSES[provider].items()
        for path in list_fields({"$ref": f"#/components/schemas/{name}"}, schemas, place)
    }
    found: dict[str, list[str]] = {}
    for owner, field in sorted(map(split_path, paths)):
        found.setdefault(owner, []).append(field)
    return RecordedFields(
        version=str(parsed["info"]["version"]),
        sha256=hashlib.sha256(specification).hexdigest(),
        fields=found,
    )


def list_fields(schema: Schema, schemas: Mapping[str, Schema], path: str) -> Iterator[str]:
    """List the leaves below a schema. A variant's fields carry its discriminator: `instrument<option>.strike_price`."""
    if "$ref" in schema:
        yield from list_fields(schemas[schema["$ref"].rpartition("/")[2]], schemas, path)
    elif schema.get("type") == "array":
        yield from list_fields(schema.get("items", {}), schemas, f"{path}[]")
    elif variants := schema.get("discriminator", {}).get("mapping"):
        for kind, reference in variants.items():
            yield from list_fields({"$ref": reference}, schemas, f"{re.sub('<.*>', '', path)}<{kind}>")
    else:
        parts = [part for name in ("allOf", "oneOf", "anyOf") for part in schema.get(name, ())]
        below = [found for part in parts for found in list_fields(part, schemas, path)]
        for name, field in schema.get("properties", {}).items():
            below += list_fields(field, schemas, f"{path}.{name}".lstrip("."))
        # A part that only says `nullable` has no fields, and is no field beside a part that has some.
        yield from [found for found in below if found != path] or [path]


def split_path(path: str) -> tuple[str, str]:
    """Split the path of a field into its object and its name there: `holdings[]` and `tax_lots[].quantity`."""
    owner, _, field = path.rpartition(">.")
    if owner:
        return f"{owner}>", field
    owner, _, field = path.partition(".")
    return (owner, field) if field else ("", path)


def main() -> None:
    recorded = {
        provider: record_fields(provider, Path(name).read_bytes())
        for provider, name in zip(RESPONSES, sys.argv[1:], strict=True)
    }
    FILE.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
