"""Create, disable and repair SnapTrade connections, trade and change prices."""

from decimal import Decimal

from local.simulators.control_errors import ControlError
from local.simulators.securities import move_price
from local.simulators.snaptrade import fixtures
from local.simulators.snaptrade.state import Account, Connection, Position, User, format_timestamp


def create_connection(user: User, broker: str | None, connection_type: str = "read") -> tuple[Connection, bool]:
    """Return the connection of a broker and whether it is new; a broker has one connection, as at SnapTrade."""
    wanted = broker or fixtures.DEFAULT_BROKER
    for connection in user["connections"].values():
        if connection["broker"] == wanted:
            return connection, False
    connection = fixtures.build_connection(user["user_id"], wanted, connection_type)
    user["connections"][connection["id"]] = connection
    return connection, True


def disable(connection: Connection) -> None:
    connection["disabled"] = True
    connection["disabled_date"] = format_timestamp()


def repair(connection: Connection) -> None:
    connection["disabled"] = False
    connection["disabled_date"] = None


def record_sync(connection: Connection) -> None:
    for account in connection["accounts"]:
        account["last_successful_sync"] = format_timestamp()


def trade(connection: Connection, ticker: str, units: Decimal, account_id: str | None = None) -> None:
    """Buy or sell in the account named, or in the first with the security, and pay from its cash."""
    accounts = [account for account in connection["accounts"] if account_id in (None, account["id"])]
    if not accounts:
        raise ControlError(404, "unknown account_id")
    account, position = _find_or_open_position(accounts, ticker)
    before = Decimal(position["units"] or 0)
    after = before + units
    price = Decimal(position["price"])
    spent = before * Decimal(position["cost_basis"] or 0) + units * price
    position["units"] = str(after)
    if after:
        position["cost_basis"] = str((spent / after).quantize(Decimal("0.0001")))
    currency = position["currency"]
    multiplier = Decimal(position["instrument"].get("multiplier", "1"))
    account["cash"][currency] = str(Decimal(account["cash"].get(currency, "0")) - units * price * multiplier)
    record_sync(connection)


def move_prices(connection: Connection, percent: Decimal, ticker: str | None = None) -> int:
    """Change the prices of one security, or of all except cash equivalents; return the number of positions."""
    moved = [
        position
        for account in connection["accounts"]
        for position in account["positions"]
        if ticker in (None, position["instrument"]["symbol"]) and not position["cash_equivalent"]
    ]
    for position in moved:
        position["price"] = move_price(position["price"], percent)
    record_sync(connection)
    return len(moved)


def _find_or_open_position(accounts: list[Account], ticker: str) -> tuple[Account, Position]:
    for account in accounts:
        for position in account["positions"]:
            if position["instrument"]["symbol"] == ticker:
                return account, position
    opened = fixtures.build_position(
        fixtures.build_instrument("stock", ticker, f"{ticker} Corp", "XNAS"), "0", "100", "0"
    )
    accounts[0]["positions"].append(opened)
    return accounts[0], opened
