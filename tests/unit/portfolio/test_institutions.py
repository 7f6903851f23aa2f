"""Institutions are the same under another spelling or an earlier name, and different if they only sound alike."""

import pytest

from tidings.portfolio.institutions import is_same_institution


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("E*TRADE", "ETrade"),
        ("E*TRADE from Morgan Stanley", "E-Trade Financial"),
        ("Trading 212", "Trading212"),
        ("Interactive Brokers - US", "IBKR"),
        ("Charles Schwab", "Schwab"),
        ("TastyTrade", "tastytrade"),
        ("tastyworks", "tastytrade"),
        ("Fidelity NetBenefits", "Fidelity Investments"),
        ("Wealthsimple Canada", "Wealthsimple Trade"),
        ("Merrill Lynch", "Merrill Edge"),
        ("TD Ameritrade", "Schwab"),
        ("Scottrade, Inc.", "Charles Schwab"),
        ("Chase", "J.P. Morgan Self-Directed Investing"),
        ("JPMorgan Chase Bank", "J.P. Morgan"),
        ("Great-West Financial", "Empower"),
        ("Personal Capital", "Empower Retirement"),
        ("Prudential Retirement", "Empower"),
        ("TradeKing", "Ally Invest"),
        ("M1", "M1 Finance"),
        ("Public", "Public.com"),
        ("flatexDEGIRO Bank AG", "DEGIRO"),
        ("Futu", "moomoo"),
        ("Vanguard", "The Vanguard Group, Inc."),
        ("Lloyd's Bank", "Lloyds"),
        ("Interactive Brokers US", "IBKR USA"),
        ("HSBC Canada (US)", "HSBC Canada"),
        ("Royal Bank of Canada", "RBC Direct Investing"),
    ],
)
def test_spellings_and_earlier_names_are_same(left: str, right: str) -> None:
    assert is_same_institution(left, right)
    assert is_same_institution(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Fidelity", "Schwab"),
        ("E*TRADE from Morgan Stanley", "Morgan Stanley"),
        ("TD Ameritrade", "TD Bank"),
        ("Prudential", "Empower"),
        ("Public", "Public Service Credit Union"),
        ("First Financial", "First Investments"),
        ("Bank of America", "America First Credit Union"),
        ("Capital Group", "Capital One"),
        ("Interactive Brokers Canada", "Interactive Brokers US"),
        ("Investments", "Securities"),
        ("First Financial", "First Financial Trust"),
        ("Morgan Stanley", "Morgan Keegan"),
        ("Royal Bank of Canada", "Royal Bank of Scotland"),
        ("HSBC Canada (US)", "HSBC USA"),
        ("", "Schwab"),
        (None, "Schwab"),
        (None, None),
    ],
)
def test_other_institutions_are_different(left: str | None, right: str | None) -> None:
    assert not is_same_institution(left, right)
    assert not is_same_institution(right, left)
