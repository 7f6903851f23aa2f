"""List the brokers that this deployment's key may connect (https://docs.snaptrade.com/reference, getPartnerInfo)."""

from collections.abc import Mapping, Sequence

from tidings.providers import schema_types
from tidings.providers.snaptrade import client
from tidings.providers.snaptrade.schemas import ClientInfo

is_configured = client.is_configured


def list_brokers(app: Mapping[str, str], deadline: float) -> Sequence[tuple[str, str]]:
    """Return slug and name of each broker that can be connected now, in one free call."""
    response = client.call_app(app, "GET", "/snapTrade/partners", deadline)
    return [
        (broker.slug, name)
        for broker in schema_types.parse_payload(ClientInfo, response).allowed_brokerages
        if broker.slug and broker.enabled is not False and not broker.maintenance_mode
        if (name := broker.display_name or broker.name)
    ]
