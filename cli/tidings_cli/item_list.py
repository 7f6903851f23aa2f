"""`tidings items list` and `show`: what users have connected, and its status. No credential is decrypted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from tidings_cli import context, output
from tidings_cli.commands import Command
from tidings_cli.item_arguments import item_candidates

if TYPE_CHECKING:
    from tidings.model import ItemKey, Source
    from tidings.store.admin_queries import ItemRow, SourceRow

STATUSES = ("ok", "reconnect_required", "expiring", "revoked", "orphan")
_WORST_FIRST = {status: rank for rank, status in enumerate(("revoked", "reconnect_required", "expiring", "ok"))}
_DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """An item in one line. `status` is the worst of its sources; `orphan` if no user has linked the item."""

    provider: str
    item_id: str
    user_id: str | None
    institutions: list[str]
    status: str
    status_reason: str | None
    pending: bool
    sources: int
    last_update_at: int | None
    last_fetched_at: int | None

    def cells(self) -> list[output.Cell]:
        return [
            self.provider,
            self.item_id,
            self.user_id,
            ", ".join(self.institutions),
            self.status,
            self.status_reason,
            "yes" if self.pending else "no",
            output.format_instant(self.last_update_at),
            output.format_instant(self.last_fetched_at),
        ]


COLUMNS = ("provider", "item", "user", "institution", "status", "reason", "pending", "last update", "last fetched")


@click.command("list", cls=Command)
@click.option("--user", metavar="USER_ID", help="Only this user's items; scans no table.")
@click.option("--provider", type=click.Choice(("plaid", "snaptrade")))
@click.option("--status", type=click.Choice(STATUSES), help="`revoked`: access has ended; the reason says why.")
@click.option("--pending", is_flag=True, help="Only items with updates that are not fetched yet.")
@click.option("--limit", type=click.IntRange(min=1), default=_DEFAULT_LIMIT, show_default=True)
@context.with_deployment
def list_(user: str | None, provider: str | None, status: str | None, pending: bool, limit: int) -> None:
    """List provider items with their owner and status. Without --user the command scans two tables."""
    found = [
        one
        for one in (_user_items(user) if user else _all_items())
        if (provider is None or one.provider == provider)
        and (status is None or one.status == status)
        and (one.pending or not pending)
    ]
    found.sort(key=lambda one: (one.user_id or "", one.provider, one.item_id))
    if output.wants_json():
        output.write_json({"items": [asdict(one) for one in found[:limit]], "found": len(found)})
        return
    output.print_table(COLUMNS, [one.cells() for one in found[:limit]])
    more = f", {limit} of them shown (--limit)" if len(found) > limit else ""
    click.echo(f"{output.format_count(len(found), 'item')}{more}.")


def _all_items() -> Iterator[ItemSummary]:
    from tidings.store import admin_queries

    by_item: dict[ItemKey, list[Source]] = defaultdict(list)
    for one in admin_queries.all_sources():
        by_item[one.source.item].append(one.source)
    for item in admin_queries.all_items():
        yield summarize_item(item, by_item.get(item.item, ()))


def _user_items(user_id: str) -> Iterator[ItemSummary]:
    from tidings.store import admin_queries, items

    by_item: dict[ItemKey, list[Source]] = defaultdict(list)
    for one in admin_queries.sources_of(user_id):
        by_item[one.source.item].append(one.source)
    for key in sorted({*by_item, *items.items_of_user(user_id)}):
        item = admin_queries.find_item(key)
        if item is not None and item.user_id == user_id:
            yield summarize_item(item, by_item.get(key, ()))


def summarize_item(item: "ItemRow", sources: Iterable["Source"]) -> ItemSummary:
    rows = list(sources)
    worst = min(rows, key=lambda row: _WORST_FIRST[row.status], default=None)
    return ItemSummary(
        provider=item.item.provider,
        item_id=item.item.item_id,
        user_id=item.user_id,
        institutions=sorted({row.institution for row in rows if row.institution}),
        status="orphan" if item.user_id is None else worst.status if worst else "ok",
        status_reason=item.orphan_status if item.user_id is None else worst.status_reason if worst else None,
        pending=any(row.pending for row in rows) or (item.user_id is None and item.orphan_generation > 0),
        sources=len(rows),
        last_update_at=max((row.last_update_at for row in rows if row.last_update_at), default=None),
        last_fetched_at=max((row.last_fetched_at for row in rows if row.last_fetched_at), default=None),
    )


@click.command(cls=Command)
@click.argument("item")
@context.with_deployment
def show(item: str) -> None:
    """Show one item and its sources. ITEM is `plaid#ID` or `snaptrade#ID`, or the ID alone."""
    from tidings.store import admin_queries

    candidates = item_candidates(item)
    found = next((one for key in candidates if (one := admin_queries.find_item(key)) is not None), None)
    if found is None:
        raise click.ClickException(f"There is no item {output.escape(item)}: `tidings items list` lists all items.")
    rows = admin_queries.sources_of(found.user_id) if found.user_id else []
    mine = [one for one in rows if one.source.item == found.item]
    line = summarize_item(found, [one.source for one in mine])
    if output.wants_json():
        fields: dict[str, Any] = {**asdict(line), **_details(found)}
        output.write_json({"item": fields, "sources": [source_json(one) for one in mine]})
        return
    output.print_facts(
        {
            "provider": line.provider,
            "item": line.item_id,
            "user": line.user_id,
            "status": line.status,
            "credential": f"stored, version {found.credential_version}" if found.credential_version else "never stored",
            "registered": output.format_instant(found.registered_at),
            "orphaned updates": found.orphan_generation,
        }
    )
    click.echo()
    print_sources(mine)


def _details(item: "ItemRow") -> Mapping[str, Any]:
    return {
        "credential_version": item.credential_version,
        "orphan_generation": item.orphan_generation,
        "registered_at": item.registered_at,
    }


def source_json(one: "SourceRow") -> dict[str, Any]:
    """Return a source for JSON output; instants in epoch milliseconds."""
    source = one.source
    wanted = ("provider", "source_id", "item_id", "institution", "status", "status_reason", "pending", "generation")
    more = ("seen_generation", "check_due", "last_update_at", "last_fetched_at", "last_error")
    fields = {name: getattr(source, name) for name in (*wanted, *more)}
    return {**fields, "last_reconcile_at": one.last_reconcile_at}


def print_sources(rows: Sequence["SourceRow"]) -> None:
    columns = (
        "provider",
        "source",
        "institution",
        "status",
        "reason",
        "updates",
        "last update",
        "last fetched",
        "failed",
    )
    output.print_table(columns, [_source_cells(one.source) for one in rows])


def _source_cells(source: "Source") -> list[output.Cell]:
    return [
        source.provider,
        source.source_id,
        source.institution,
        source.status,
        source.status_reason,
        source.generation - source.seen_generation if source.pending else 0,
        output.format_instant(source.last_update_at),
        output.format_instant(source.last_fetched_at),
        source.last_error,
    ]
