"""Whether two accounts' rows show the same money."""

from dataclasses import replace

import pytest

from tests.support.fakes.portfolios import holding
from tidings.holdings import Holding
from tidings.portfolio.holdings_evidence import Positions, count_matches, has_nothing_in_common


def matches(left: list[Holding], right: list[Holding]) -> int:
    """Count the matches, which are the same from both sides."""
    found = {count_matches(Positions(left), Positions(right)), count_matches(Positions(right), Positions(left))}
    assert len(found) == 1
    return found.pop()


def is_disjoint(left: list[Holding], right: list[Holding]) -> bool:
    found = {has_nothing_in_common(Positions(one), Positions(other)) for one, other in ((left, right), (right, left))}
    assert len(found) == 1
    return found.pop()


def several(count: int, *, first: int = 0) -> list[Holding]:
    return [holding(f"T{number}", quantity=f"{number + 1}") for number in range(first, first + count)]


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("10", "10", True),
        ("10000", "10001", True),
        ("10000", "9999", True),
        ("-10000", "-9999", True),
        ("10000", "10001.00015", False),
        ("10000", "10002", False),
        ("10000", "9998.9", False),
        ("-10000", "-9998.9", False),
        ("5", "100", False),
        ("10", "-10", False),
    ],
)
def test_quantities_are_equal_up_to_a_ten_thousandth(left: str, right: str, equal: bool) -> None:
    assert matches([holding(quantity=left)], [holding(quantity=right)]) == int(equal)


@pytest.mark.parametrize(
    ("common", "left", "right", "counted"),
    [(4, 1, 0, 4), (4, 1, 1, 4), (3, 1, 0, 0), (3, 0, 0, 3), (8, 2, 1, 8), (8, 3, 0, 0), (0, 1, 1, 0), (0, 0, 0, 0)],
)
def test_four_of_five_must_match_in_the_larger_account(common: int, left: int, right: int, counted: int) -> None:
    one = several(common) + several(left, first=20)
    assert matches(one, several(common) + several(right, first=40)) == counted


def test_cash_and_closed_positions_are_no_positions() -> None:
    nothing = [
        replace(holding("CUR:USD"), is_cash=True),
        holding("OLD", quantity="0"),
        replace(holding("ANY"), quantity=None),
    ]
    assert matches([*several(1), *nothing], several(1)) == 1
    assert matches(nothing, nothing) == 0
    assert not is_disjoint(nothing, several(1))


def test_lots_of_one_instrument_are_summed_whatever_names_them() -> None:
    """The first lot has both names, the second the ISIN, the third the ticker."""
    both = holding("AAPL", isin="US0378331005")
    lots = [both, replace(both, ticker="APPLE"), holding("AAPL")]
    assert len(Positions(lots).instruments) == 1
    for order in (lots, lots[1:] + lots[:1]):
        assert matches(order, [holding("AAPL", quantity="3")]) == 1
    assert matches(lots, [holding("APPLE", quantity="3")]) == 1


def test_instrument_is_compared_by_its_strongest_key() -> None:
    """Each has the ISIN of one row and the ticker of another one. The ISIN decides."""
    isins = [f"DE{number:010}" for number in range(16)]
    mine = [holding(f"T{number}", isin=isin, quantity="5") for number, isin in enumerate(isins)]
    by_isin = [replace(row, ticker=None) for row in mine]
    by_ticker = [replace(row, isin=None, quantity=row.quantity and row.quantity * 2) for row in mine]
    assert sum(map(len, (by_isin, by_ticker))) == 32
    assert count_matches(Positions(mine), Positions(by_isin)) == 16
    assert count_matches(Positions(mine), Positions([*by_ticker[:4], *by_isin])) == 16


@pytest.mark.parametrize(
    "common",
    [
        holding("T0"),
        replace(holding("BRK-B"), exchange="XNYS"),
        replace(holding("OTHER"), isin="DE0007164600"),
        replace(holding("OTHER"), cusip="123456789"),
    ],
)
def test_common_identifier_is_something_in_common(common: Holding) -> None:
    same = [
        holding("T0"),
        replace(holding("BRK.B"), exchange="XNYS"),
        replace(holding("SAP"), isin="DE0007164600"),
        replace(holding("X"), cusip="123456789"),
    ]
    assert not is_disjoint([common, holding("A")], [*same, holding("B")])
    assert is_disjoint([holding("A"), replace(holding("C"), isin="DE1")], [*same, holding("B")])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (replace(holding("BTC"), type="crypto"), holding("BTC")),
        (replace(holding("X"), type="crypto", isin="DE0007164600"), replace(holding("SAP"), isin="DE0007164600")),
    ],
)
def test_same_text_is_in_common_whatever_the_type(one: Holding, other: Holding) -> None:
    """One provider's coin or derivative is another one's security."""
    assert not is_disjoint([one, holding("A")], [other, holding("B")])
    assert not is_disjoint([holding("A"), one], [other, holding("B")])


def test_row_that_nobody_identifies_can_be_any_with_its_quantity() -> None:
    nameless = replace(holding(quantity="7"), ticker=None)
    assert not is_disjoint([nameless], [holding("A", quantity="3"), holding("B", quantity="7")])
    assert is_disjoint([nameless], [holding("A", quantity="3"), holding("B", quantity="4")])
    assert is_disjoint([nameless], [replace(nameless, quantity=None), holding("A", quantity="3")])
    assert not is_disjoint([nameless], [nameless])


def test_account_without_positions_contradicts_nothing() -> None:
    assert not is_disjoint([], several(1))
    assert not is_disjoint([], [])
    assert is_disjoint(several(1), several(1, first=5))
