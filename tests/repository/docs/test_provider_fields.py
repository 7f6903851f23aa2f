"""docs/provider-fields.md has every field of the providers' specifications, in one of three lists."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import get_args

import pytest

from tests.repository.docs.field_lists import ListedField, parse_field_lists
from tests.support.aws.stack import ROOT
from tidings.providers.plaid import schemas as plaid
from tidings.providers.schema_types import Payload
from tidings.providers.snaptrade import schemas as snaptrade
from tools import provider_fields

LISTED = parse_field_lists((ROOT / "docs" / "provider-fields.md").read_text("utf-8"))
RECORDED: Mapping[str, provider_fields.RecordedFields] = json.loads(provider_fields.FILE.read_text("utf-8"))
REFERENCE = ROOT.parent / "shared" / "reference"
SPECIFICATIONS = {"plaid": REFERENCE / "plaid-openapi.yml", "snaptrade": REFERENCE / "snaptrade-openapi.yaml"}
each_provider = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


def recorded(provider: str) -> set[tuple[str, str]]:
    """The provider's objects and fields."""
    return {(owner, field) for owner, fields in RECORDED[provider]["fields"].items() for field in fields}


def listed(provider: str, *names: str) -> Iterator[ListedField]:
    """What the page lists for the provider, in all lists or in those named."""
    return (one for one in LISTED if one.provider == provider and (not names or one.list_name in names))


@each_provider
def test_every_field_of_provider_is_listed(provider: str) -> None:
    assert sorted(recorded(provider) - {(one.owner, one.field) for one in listed(provider)}) == []


@each_provider
def test_every_listed_field_exists_at_provider(provider: str) -> None:
    assert sorted({(one.owner, one.field) for one in listed(provider)} - recorded(provider)) == []


@each_provider
def test_no_field_is_listed_twice(provider: str) -> None:
    counted = Counter((one.owner, one.field) for one in listed(provider))
    assert [field for field, times in counted.items() if times > 1] == []


def test_every_list_has_known_name_and_reason() -> None:
    assert {one.list_name for one in LISTED} == {"used", "shown", "ignored"}
    assert [one for one in LISTED if not one.reason] == []


@each_provider
def test_recorded_fields_match_specification(provider: str) -> None:
    path = SPECIFICATIONS[provider]
    if not path.exists():
        pytest.skip("the providers' specifications are not part of the repository")
    assert RECORDED[provider] == provider_fields.record_fields(provider, path.read_bytes())


READ: Mapping[str, Mapping[str, type[Payload]]] = {
    "plaid": {
        "accounts[]": plaid.Account,
        "holdings[]": plaid.Holding,
        "securities[]": plaid.Security,
    },
    "snaptrade": {
        "authorizations[]": snaptrade.Authorization,
        "accounts[]": snaptrade.Account,
        "balances[]": snaptrade.Balance,
        "positions": snaptrade.PositionsResponse,
        "positions.results[]": snaptrade.Position,
    },
}
"""The models that read the objects. Positions are read one by one. The item's status and errors need no model."""


def model_fields(model: type[Payload], path: str = "") -> Iterator[str]:
    """The fields that a model reads, with those of the models below it. Any variant's instrument is one model."""
    for name, field in model.model_fields.items():
        nested = [kind for kind in _classes(field.annotation) if issubclass(kind, Payload)]
        inner = f"{path}{name}[]" if "list" in str(field.annotation) else f"{path}{name}"
        yield from (found for kind in nested for found in model_fields(kind, f"{inner}."))
        if not nested and not inner.endswith("[]"):
            yield inner


def _classes(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _classes(part)


def whole_path(one: ListedField) -> str:
    return f"{one.owner.partition('<')[0]}.{one.field}"


@each_provider
def test_models_read_exactly_what_is_used_or_shown(provider: str) -> None:
    read = {f"{owner}.{field}" for owner, model in READ[provider].items() for field in model_fields(model)}
    objects = tuple(READ[provider])
    expected = {whole_path(one) for one in listed(provider, "used", "shown") if one.owner.startswith(objects)}
    # A model reads a currency's code as the currency itself.
    assert read == {path.removesuffix(".code") for path in expected}


PAGE = """
## Plaid

In `thing`:

| list | fields | what for, or why not |
|---|---|---|
| used | `id`, `parts[].name` | identity |

In `thing.parts[]`, of the kinds `a`, `b`:

| list | fields | what for, or why not |
|---|---|---|
| ignored | `x` | no need |
"""


def test_parser_reads_objects_variants_and_lists() -> None:
    assert parse_field_lists(PAGE) == [
        ("plaid", "thing", "id", "used", "identity"),
        ("plaid", "thing", "parts[].name", "used", "identity"),
        ("plaid", "thing.parts[]<a>", "x", "ignored", "no need"),
        ("plaid", "thing.parts[]<b>", "x", "ignored", "no need"),
    ]


SCHEMAS: Mapping[str, provider_fields.Schema] = {
    "Thing": {
        "allOf": [{"$ref": "#/components/schemas/Base"}, {"nullable": True}],
        "properties": {"parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}},
    },
    "Base": {"properties": {"id": {"type": "string"}}},
    "Part": {"discriminator": {"mapping": {"a": "#/components/schemas/A", "b": "#/components/schemas/Base"}}},
    "A": {"properties": {"inner": {"$ref": "#/components/schemas/Base"}, "deeper": {"$ref": "#/components/schemas/B"}}},
    "B": {"discriminator": {"mapping": {"c": "#/components/schemas/Base"}}},
}


def test_specification_lists_nested_and_variant_fields() -> None:
    found = list(provider_fields.list_fields({"$ref": "#/components/schemas/Thing"}, SCHEMAS, "thing"))
    assert found == [
        "thing.id",
        "thing.parts[]<a>.inner.id",
        "thing.parts[].deeper<c>.id",
        "thing.parts[]<b>.id",
    ]
    assert provider_fields.split_path("thing.parts[]<a>.inner.id") == ("thing.parts[]<a>", "inner.id")
    assert provider_fields.split_path("thing.parts[].id") == ("thing", "parts[].id")
    assert provider_fields.split_path("id") == ("", "id")
