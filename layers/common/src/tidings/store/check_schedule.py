"""Read and store when each item's next status check is due (docs/protocol.md, Checks that are due).

`check_after` on the item's row is that instant. While `check_failures` is there too, the item is backed off: until
then its provider is not called.
"""

from typing import Any, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from tidings import clock
from tidings.model import ItemKey
from tidings.store.conditional_writes import ConditionLost, is_still, translate_read_errors, write
from tidings.store.items import EncryptedCredential
from tidings.store.tables import ProviderItem

MAX_INTERVAL_MS = 24 * 3_600_000
"""No due time is stored that is further ahead, so that an item is checked daily whatever was lost."""


class PagedItem(NamedTuple):
    """A linked item with a credential. `is_backed_off`: its provider must not be called yet."""

    item: ItemKey
    is_due: bool
    is_backed_off: bool


class Page(NamedTuple):
    """A page of items. `last`: the item after which the next page begins; None at the end."""

    items: tuple[PagedItem, ...]
    last: ItemKey | None


def list_page(after: ItemKey | None, now: int, limit: int) -> Page:
    """Scan one page of linked items with a credential, in the table's order. An item without a due time is due."""
    wanted = ProviderItem.user_id.exists() & ProviderItem.credential.exists()
    start = {"item": {"S": str(after)}} if after else None
    attributes = ["item", "check_after", "check_failures"]
    with translate_read_errors():
        scan = ProviderItem.scan(wanted, last_evaluated_key=start, page_size=limit, attributes_to_get=attributes)
        rows = next(scan.page_iter)["Items"]
    last = scan.page_iter.last_evaluated_key
    return Page(tuple(_paged_item(row, now) for row in rows), ItemKey.parse(last["item"]["S"]) if last else None)


def _paged_item(row: dict[str, Any], now: int) -> PagedItem:
    is_due = "check_after" not in row or int(row["check_after"]["N"]) <= now
    return PagedItem(ItemKey.parse(row["item"]["S"]), is_due, not is_due and "check_failures" in row)


def schedule_check(item: ItemKey, read: EncryptedCredential, due: int) -> None:
    """Store when the next check is due and end a back-off, unless another check has stored that since the read."""
    as_read = is_still(ProviderItem.check_after, read.check_after) & is_still(
        ProviderItem.check_failures, read.check_failures
    )
    actions: list[Action] = [ProviderItem.check_after.set(_capped(due)), ProviderItem.check_failures.remove()]
    _update_if_owner(item, read.user_id, actions, as_read)


def back_off(item: ItemKey, owner: str, until: int, failures: int) -> None:
    """Suspend status checks of the item until the instant `until`. Never creates a row."""
    actions: list[Action] = [ProviderItem.check_after.set(_capped(until)), ProviderItem.check_failures.set(failures)]
    _update_if_owner(item, owner, actions)


def _capped(due: int) -> int:
    return min(due, clock.now_ms() + MAX_INTERVAL_MS)


def _update_if_owner(item: ItemKey, owner: str, actions: list[Action], condition: Condition | None = None) -> None:
    """Update the row and return nothing of it: a model's own update would return the credential too."""
    is_owner: Condition = ProviderItem.user_id == owner
    required = is_owner if condition is None else is_owner & condition
    try:
        write(lambda: ProviderItem.table().update_item(str(item), actions=actions, condition=required))
    except ConditionLost:
        return  # the item was removed, has another owner, or was checked in the meantime
