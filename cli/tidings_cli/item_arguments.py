"""Parse the ITEM argument of commands: `plaid#ID`, `snaptrade#ID`, or the ID alone."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidings.model import ItemKey


def item_candidates(text: str) -> list["ItemKey"]:
    """List the keys that the argument may mean; none if it names no provider that Tidings has."""
    from tidings.model import ItemKey
    from tidings.providers import PROVIDER_NAMES

    if "#" not in text:
        return [ItemKey(name, text) for name in PROVIDER_NAMES]
    try:
        return [ItemKey.parse(text)]
    except ValueError:
        return []
