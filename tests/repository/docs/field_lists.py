"""Parse the lists of docs/provider-fields.md."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_PROVIDERS = {"Plaid": "plaid", "SnapTrade": "snaptrade"}


class ListedField(NamedTuple):
    """One field in one list. `owner`: the object that has it, as tools.provider_fields names it."""

    provider: str
    owner: str
    field: str
    list_name: str
    reason: str


def parse_field_lists(page: str) -> list[ListedField]:
    """Parse every table of the page. `In ...:` above a table names its objects and, after `kind`, their variants."""
    found: list[ListedField] = []
    provider, owners = "", [""]
    for line in page.splitlines():
        if line.startswith("## "):
            provider = _PROVIDERS.get(line[3:], "")
        elif line.startswith("In ") and line.endswith(":"):
            owners = list(_owners(line))
        elif provider and line.startswith("| ") and not line.startswith("| list"):
            name, fields, reason = (cell.strip() for cell in line.strip("|").split("|"))
            found += [
                ListedField(provider, owner, field, name, reason) for owner in owners for field in _quoted(fields)
            ]
    return found


def _owners(line: str) -> Iterator[str]:
    objects, has_kinds, kinds = line.partition(" kind")
    for named in _quoted(objects) or [""]:
        yield from (f"{named}<{kind}>" for kind in _quoted(kinds)) if has_kinds else [named]


def _quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)
