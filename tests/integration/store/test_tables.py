"""How rows of the tables are stored."""

from tests.support.aws.tables import Tables
from tidings.store.tables import HoldingsEntry

USER = "alice"


def test_head_is_stored_without_content(tables: Tables) -> None:
    HoldingsEntry(USER, "plaid#it", link_id="l", generation=1, parts=0).save()
    assert tables.rows("HoldingsTable") == [
        {"user_id": USER, "entry": "plaid#it", "link_id": "l", "generation": 1, "parts": 0}
    ]


def test_part_is_stored_as_its_bytes(tables: Tables) -> None:
    HoldingsEntry(USER, "plaid#it#f#000", content=b"\x00\xff").save()
    [row] = tables.rows("HoldingsTable")
    assert bytes(row["content"]) == b"\x00\xff"
