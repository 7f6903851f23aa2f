"""`tidings items`: import an older backend's connections."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import click

from tidings_cli import context, item_list, output
from tidings_cli.commands import Group
from tidings_cli.webhook_urls import move_webhooks

if TYPE_CHECKING:
    from tidings.model import ProviderName

_FIELDS = frozenset({"user_id", "email", "provider", "item_id", "credential", "institution"})


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """One line of the file. Plaid: item id and access token; SnapTrade: userId and userSecret."""

    user_id: str
    provider: "ProviderName"
    item_id: str
    credential: str
    institution: str | None


@click.group(cls=Group)
def items() -> None:
    """Provider items: what users have connected."""


items.add_command(item_list.list_)
items.add_command(item_list.show)
items.add_command(move_webhooks)


@items.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Validate the file, write nothing.")
@context.with_deployment
def import_(file: Path, dry_run: bool) -> None:
    """Import items from FILE: one JSON object per line.

    Keys: user_id, email, provider (plaid, snaptrade), item_id, credential, and institution if known. A SnapTrade line
    may omit item_id, which is then derived from the e-mail. Credentials are encrypted before they are stored. A second
    run changes nothing. An item of another user is not touched, and the command then exits with 1.
    """
    parsed = list(_parse_file(file))
    if dry_run:
        output.print_result({"importable": len(parsed)}, f"{len(parsed)} items can be imported.")
        return
    counts: Counter[str] = Counter()
    for number, item in parsed:
        outcome = _import(item)
        counts[outcome] += 1
        if outcome == "conflict":
            click.echo(f"{file.name}:{number}: {item.provider} item belongs to another user", err=True)
    by_outcome = {outcome: counts[outcome] for outcome in get_args(Outcome)}
    output.print_result(by_outcome, ", ".join(f"{count} {outcome}" for outcome, count in by_outcome.items()))
    if counts["conflict"]:
        raise click.exceptions.Exit(1)


Outcome = Literal["imported", "replaced", "unchanged", "conflict"]


def _import(item: ImportedItem) -> Outcome:
    from tidings.errors import Conflict
    from tidings.model import ItemKey
    from tidings.store import credentials, item_links
    from tidings.store import items as store
    from tidings.store.sources import SourceKey

    item_key, owner = ItemKey(item.provider, item.item_id), item.user_id
    key = SourceKey.of_item(owner, item_key) if item.provider == "plaid" else SourceKey.wildcard(owner, item_key)
    sealed = store.encrypted_credentials([key.item]).get(key.item)
    is_known = sealed is not None and sealed.user_id == item.user_id
    if is_known and sealed and credentials.decrypt(key, sealed.credential) == item.credential:
        return "unchanged"
    try:
        # A new connection is pending, so that it is fetched; a new credential changes no data.
        item_links.link_item(
            key, credentials.encrypt(key, item.credential), item.institution, updates=0 if is_known else 1
        )
    except Conflict:
        return "conflict"
    return "replaced" if is_known else "imported"


def _parse_file(file: Path) -> Iterator[tuple[int, ImportedItem]]:
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if line.strip():
            try:
                yield number, _parse_line(json.loads(line))
            except ValueError as error:
                # Never quote the line: it contains a credential.
                raise click.ClickException(f"{file.name}:{number}: {_describe(error)}") from None


def _describe(error: ValueError) -> str:
    return "not JSON" if isinstance(error, json.JSONDecodeError) else str(error)


def _parse_line(line: Any) -> ImportedItem:  # noqa: ANN401 - JSON
    from tidings.model import ProviderName
    from tidings.providers.snaptrade.users import user_id_of

    if not isinstance(line, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - every invalid line raises ValueError
    if unknown := set(line) - _FIELDS:
        raise ValueError(f"unknown key {', '.join(sorted(unknown))}")
    if any(value is not None and not isinstance(value, str) for value in line.values()):
        raise ValueError("a value is not a string")
    if line.get("provider") not in get_args(ProviderName):
        raise ValueError("provider must be plaid or snaptrade")
    if line["provider"] == "snaptrade" and not line.get("item_id") and line.get("email"):
        line["item_id"] = user_id_of(line["email"])
    for name in ("user_id", "item_id", "credential"):
        if not line.get(name):
            raise ValueError(f"{name} is missing")
    return ImportedItem(
        line["user_id"],
        cast("ProviderName", line["provider"]),
        line["item_id"],
        line["credential"],
        line.get("institution"),
    )
