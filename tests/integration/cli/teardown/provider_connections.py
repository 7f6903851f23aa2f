"""What is connected at the providers."""

from tests.support.drivers.app import App

REMOVE, DELETE = "/item/remove", "/snapTrade/deleteUser"


def list_provider_ids(app: App) -> tuple[set[str], set[str]]:
    users = app.providers.snaptrade_simulator.state["users"]
    return {*app.providers.plaid_simulator.state["items"]}, {*users}


def is_disconnected(app: App, linked: dict[str, str]) -> bool:
    items, users = list_provider_ids(app)
    return not {*linked.values()} & (items | users)
