"""Option symbols, padded or not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings.holdings import Option
from tidings.providers import occ_symbol


def test_padded_and_compact_symbols_parse_alike() -> None:
    padded = occ_symbol.parse_occ_symbol("AAPL  261218C00240500")
    assert padded == occ_symbol.parse_occ_symbol("AAPL261218C00240500")
    assert padded == occ_symbol.OccSymbol("AAPL", "2026-12-18", "call", Decimal("240.5"))


@pytest.mark.parametrize("symbol", [None, "", "AAPL", "AAPL  261318C00240000", "AAPL  261218X00240000", "aapl261218C1"])
def test_invalid_symbol_parses_to_none(symbol: str | None) -> None:
    assert occ_symbol.parse_occ_symbol(symbol) is None


@given(
    st.from_regex(r"[A-Z]{1,6}", fullmatch=True),
    st.dates().filter(lambda day: 2000 <= day.year < 2100),
    st.sampled_from(["call", "put"]),
    st.integers(1, 99_999_999),
)
def test_symbol_built_from_terms_round_trips(root: str, day: object, kind: str, strike: int) -> None:
    option = Option(
        root, "call" if kind == "call" else "put", Decimal(strike) / 1000, str(day), Decimal(1), Decimal(100)
    )
    parsed = occ_symbol.parse_occ_symbol(occ_symbol.compact_occ_symbol(None, option))
    assert parsed == occ_symbol.OccSymbol(root, str(day), option.kind, option.strike)


def test_given_symbol_wins_over_terms() -> None:
    option = Option("AAPL", "call", Decimal(240), "2026-12-18", Decimal(1), Decimal(150))
    assert occ_symbol.compact_occ_symbol("AAPL1 261218C00240000", option) == "AAPL1261218C00240000"
    assert occ_symbol.compact_occ_symbol("AAPL Dec 18 2026 240 CALL", option) == "AAPL261218C00240000"


def test_symbol_of_no_date_is_replaced_by_terms() -> None:
    option = Option("AAPL", "put", Decimal(240), "2026-12-18", Decimal(1), Decimal(100))
    assert occ_symbol.compact_occ_symbol("AAPL  261318P00240000", option) == "AAPL261218P00240000"


def test_providers_own_terms_win_over_symbol() -> None:
    terms = occ_symbol.complete_terms(
        "AAPL1 261218C00240000", kind="PUT", strike=Decimal(5), expiry="2027-01-15", underlying="MSFT", root="X"
    )
    assert terms == Option("MSFT", "put", Decimal(5), "2027-01-15", None, None, "AAPL1")


def test_symbol_completes_missing_terms() -> None:
    terms = occ_symbol.complete_terms("AAPL1 261218C00240000", kind=None, strike=None, expiry=None, underlying=None)
    assert terms == Option("AAPL1", "call", Decimal(240), "2026-12-18", None, None, "AAPL1")


@pytest.mark.parametrize("missing", ["kind", "strike", "expiry", "underlying"])
def test_option_without_symbol_requires_every_term(missing: str) -> None:
    known = {"kind": "call", "strike": Decimal(0), "expiry": "2026-12-18", "underlying": "AAPL"}
    assert occ_symbol.complete_terms(None, **known) is not None  # type: ignore[arg-type]
    assert occ_symbol.complete_terms(None, **{**known, missing: None}) is None  # type: ignore[arg-type]


def test_root_names_option_without_underlying_or_symbol() -> None:
    terms = occ_symbol.complete_terms(
        None, kind="call", strike=Decimal(1), expiry="2026-12-18", underlying=None, root="SPXW", multiplier=Decimal(50)
    )
    assert terms == Option("SPXW", "call", Decimal(1), "2026-12-18", None, Decimal(50), None)
