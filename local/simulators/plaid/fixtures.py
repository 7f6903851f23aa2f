"""Build the default portfolio of a Plaid item, and generated ones of any size; amounts are invented, ids real."""

import hashlib
import itertools
import secrets
from decimal import Decimal
from typing import Any

from local.simulators.plaid.state import Account, Position, new_identifier
from local.simulators.securities import generate_isin, generate_price

INSTITUTIONS = {"ins_109508": "First Platypus Bank", "ins_115616": "Vanguard", "ins_109511": "Tartan Bank"}
DEFAULT_INSTITUTION = "ins_109508"

_ACCOUNTS = (
    ("Platypus Brokerage", "Platypus Individual Brokerage Account", "brokerage"),
    ("Platypus IRA", "Platypus Traditional IRA", "ira"),
)
_logins = itertools.count(secrets.randbelow(5000))


def derive_security_id(ticker: str) -> str:
    """Derive the id of a security, which is the same for all users, as at Plaid."""
    return hashlib.sha256(ticker.encode()).hexdigest()[:37]


def build_security(ticker: str, name: str, kind: str, **known: object) -> dict[str, Any]:
    """Build a security in Plaid's wire format, with null for each unknown field that plaid-python requires."""
    return {
        "security_id": derive_security_id(ticker),
        "ticker_symbol": ticker,
        "name": name,
        "type": kind,
        "subtype": None,
        "isin": None,
        "cusip": None,
        "sedol": None,
        "figi": None,
        "institution_security_id": None,
        "institution_id": None,
        "proxy_security_id": None,
        "is_cash_equivalent": False,
        "iso_currency_code": "USD",
        "unofficial_currency_code": None,
        "market_identifier_code": None,
        "sector": None,
        "industry": None,
        "cfi_code": None,
        "option_contract": None,
        "fixed_income": None,
        "update_datetime": None,
        **known,
    }


_OPTION: dict[str, Any] = {
    "subtype": "option",
    "option_contract": {
        "contract_type": "call",
        "expiration_date": "2028-01-21",
        "strike_price": 300,
        "underlying_security_ticker": "AAPL",
    },
}
_BOND: dict[str, Any] = {
    "ticker_symbol": None,
    "isin": "US91282CJJ18",
    "cusip": "91282CJJ1",
    "fixed_income": {
        "yield_rate": {"percentage": 4.5, "type": "coupon"},
        "maturity_date": "2033-11-15",
        "issue_date": "2023-11-15",
        "face_value": 1000,
    },
}
_APPLE = {"isin": "US0378331005", "cusip": "037833100", "figi": "BBG000B9XRY4", "market_identifier_code": "XNAS"}
_MONEY_MARKET = {"isin": "US9229062016", "cusip": "922906201", "is_cash_equivalent": True}

SECURITIES = [
    build_security("AAPL", "Apple Inc", "equity", subtype="common stock", **_APPLE, sector="Electronic Technology"),
    build_security(
        "MSFT", "Microsoft Corp", "equity", isin="US5949181045", cusip="594918104", market_identifier_code="XNAS"
    ),
    build_security("VTI", "Vanguard Total Stock Market ETF", "etf", isin="US9229087690", cusip="922908769"),
    build_security("RY", "Royal Bank of Canada", "equity", isin="CA7800871021", iso_currency_code="CAD"),
    build_security("AAPL280121C00300000", "AAPL Jan 21 2028 300 Call", "derivative", **_OPTION),
    build_security(_BOND["cusip"], "US Treasury 4.5% 2033", "fixed income", **_BOND),
    build_security("VMFXX", "Vanguard Federal Money Market Fund", "mutual fund", **_MONEY_MARKET),
    build_security("CUR:USD", "U S Dollar", "cash", is_cash_equivalent=True),
]

# Account, security, quantity, price per unit, cost basis in total.
_HOLDINGS = (
    (0, "AAPL", "12.5", "231.4", "1923.75", "USD"),
    (0, "VTI", "40", "289.17", "8904.4", "USD"),
    (0, "RY", "25", "172.38", "3120.5", "CAD"),
    (0, "AAPL280121C00300000", "200", "21.35", "3610", "USD"),
    (0, "CUR:USD", "1840.27", "1", None, "USD"),
    (1, "MSFT", "8", "428.15", "2511.92", "USD"),
    (1, "91282CJJ1", "5000", "1.0125", "5031.25", "USD"),
    (1, "VMFXX", "3250.11", "1", "3250.11", "USD"),
)


def default_accounts() -> list[Account]:
    """Build the accounts of one login. Their last digits differ from those of every other login."""
    first = next(_logins) * len(_ACCOUNTS)
    return [
        {
            "account_id": new_identifier(),
            "name": name,
            "official_name": official,
            "mask": f"{(first + number) % 10_000:04}",
            "subtype": subtype,
        }
        for number, (name, official, subtype) in enumerate(_ACCOUNTS)
    ]


def default_positions(accounts: list[Account]) -> list[Position]:
    return [
        {
            "account_id": accounts[index]["account_id"],
            "security_id": derive_security_id(ticker),
            "quantity": quantity,
            "price": price,
            "cost_basis": cost,
            "currency": currency,
        }
        for index, ticker, quantity, price, cost, currency in _HOLDINGS
    ]


def default_securities() -> dict[str, dict[str, Any]]:
    return {entry["security_id"]: dict(entry) for entry in SECURITIES}


def generate_positions(accounts: list[Account], count: int) -> tuple[list[Position], dict[str, dict[str, Any]]]:
    """Generate `count` positions in as many stocks, distributed over the accounts."""
    positions: list[Position] = []
    securities: dict[str, dict[str, Any]] = {}
    for number in range(count):
        ticker = f"SIM{number:05}"
        entry = build_security(ticker, f"Simulated Holdings {number}", "equity", isin=generate_isin(number))
        securities[entry["security_id"]] = entry
        price = generate_price(number)
        positions.append(
            {
                "account_id": accounts[number % len(accounts)]["account_id"],
                "security_id": entry["security_id"],
                "quantity": str(number % 97 + 1),
                "price": str(price),
                "cost_basis": str(price * (number % 97 + 1) * Decimal("0.9")),
                "currency": "USD",
            }
        )
    return positions, securities
