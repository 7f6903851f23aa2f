"""A merged row has the newest known price of its shares."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.portfolio.merged_portfolio import APPLE, NEWER_PRICE, OLDER_PRICE, merge_snapshots, plaid
from tidings.holdings import Holding

UNDATED_PRICE = replace(APPLE, price=Decimal(3))
UNKNOWN_PRICE = replace(APPLE, price_as_of="2030-01-03")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (NEWER_PRICE, OLDER_PRICE),
        (OLDER_PRICE, UNDATED_PRICE),
        (OLDER_PRICE, UNKNOWN_PRICE),
        (UNDATED_PRICE, UNKNOWN_PRICE),
    ],
)
@pytest.mark.parametrize("fetched_later", ["better", "worse"])
def test_price_of_merged_row_is_newest_known_one(better: Holding, worse: Holding, fetched_later: str) -> None:
    """The price's own date decides. When its holding was fetched does not."""
    one, other = plaid([better], "better"), plaid([worse], "worse")
    began = {name: (2**42 if name == fetched_later else 2**41) for name in ("better", "worse")}
    one, other = (replace(each, fetch_began_at=began[each.source_id]) for each in (one, other))
    for order in ([one, other], [other, one]):
        [row] = merge_snapshots(*order)["holdings"]
        assert (row["price"], row["price_as_of"]) == (better.price, better.price_as_of)


def test_price_without_date_is_that_of_later_fetch() -> None:
    earlier = replace(plaid([UNDATED_PRICE], "earlier"), fetch_began_at=2**41)
    later = replace(plaid([replace(UNDATED_PRICE, price=Decimal(4))], "later"), fetch_began_at=2**42)
    for order in ([earlier, later], [later, earlier]):
        [row] = merge_snapshots(*order)["holdings"]
        assert (row["price"], row["source_id"]) == (Decimal(4), "later")
