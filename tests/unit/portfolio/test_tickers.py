"""Tickers are compared without their exchange's suffix, and by the market where they are unique."""

import pytest

from tidings.portfolio.exchanges import market_of
from tidings.portfolio.tickers import parse_listing


@pytest.mark.parametrize(
    ("ticker", "raw_symbol", "exchange", "currency", "expected"),
    [
        ("SHOP", None, "XTSE", "CAD", ("SHOP", "XTSE")),
        ("SHOP.TO", "SHOP", "XTSE", "CAD", ("SHOP", "XTSE")),
        ("SHOP.TO", None, "TSX", "CAD", ("SHOP", "XTSE")),
        ("SHOP.TO", None, None, "CAD", ("SHOP", "XTSE")),
        ("SHOP.TO", "SHOP", None, "CAD", ("SHOP", "XTSE")),
        ("DLR.U.TO", "DLR.U", "XTSE", "USD", ("DLR.U", "XTSE")),
        ("TECK-B.TO", None, "XTSE", "CAD", ("TECK.B", "XTSE")),
        ("SHOP.TO", None, None, "USD", ("SHOP.TO", "")),
        ("ZAAA.F", None, None, "CAD", ("ZAAA.F", "")),
        ("ZAAA.F", "ZAAA.F", "XTSE", "CAD", ("ZAAA.F", "XTSE")),
        ("GE.V", None, "XNYS", "USD", ("GE.V", "US")),
        ("BRK.B", None, "XNYS", "USD", ("BRK.B", "US")),
        ("BRK-B", "BRK.B", "NYSE", "USD", ("BRK.B", "US")),
        ("BRK/B", None, None, "USD", ("BRK.B", "")),
        ("BRKB", "BRK.B", "XNYS", "USD", ("BRK.B", "US")),
        ("BRKB", "brk-b", None, "USD", ("BRK.B", "")),
        (".TO", None, None, "CAD", (".TO", "")),
        ("BRK B", None, "New York Stock Exchange", "USD", ("BRK.B", "US")),
        ("BRKB", None, None, "USD", ("BRKB", "")),
        ("VOD.L", None, "AIMX", "GBP", ("VOD", "XLON")),
        ("SAP.DE", None, "XETRA", "EUR", ("SAP", "XETR")),
        ("SAP.DE", None, "XFRA", "EUR", ("SAP.DE", "XFRA")),
        ("vti", None, "ARCX", "USD", ("VTI", "US")),
    ],
)
def test_suffix_and_share_class_are_canonical(
    ticker: str, raw_symbol: str | None, exchange: str | None, currency: str, expected: tuple[str, str]
) -> None:
    assert parse_listing(ticker, raw_symbol, exchange, currency) == expected


@pytest.mark.parametrize(
    ("codes", "market"),
    [
        (["XNYS", "XNAS", "ARCX", "XASE", "BATS", "IEXG", "NYSE Arca", "nasdaq", "AMEX", "OTC Markets", "US"], None),
        (["XTSE", "TSX", "Toronto Stock Exchange"], "XTSE"),
        (["NEOE", "NEO", "Cboe Canada"], "NEOE"),
        (["XLON", "LSE", "AIMX"], "XLON"),
        (["XVTX", "SIX", "XSWX"], "XSWX"),
        (["UNKNOWN"], "UNKNOWN"),
    ],
)
def test_codes_and_names_of_exchanges_are_one_market(codes: list[str], market: str | None) -> None:
    assert {market_of(code) for code in codes} == {market or "US"}
