"""Find the sources that a fault is about."""

from tests.e2e.brokers import Brokers, Provider


def newest_sources(brokers: Brokers) -> dict[Provider, str]:
    """Return the sources of the most recent user."""
    item = brokers.listed("plaid", "items", "items")[-1]
    user = next(one for one in reversed(brokers.listed("snaptrade", "users", "users")) if one["connections"])
    return {"plaid": item["item_id"], "snaptrade": user["connections"][0]["id"]}
