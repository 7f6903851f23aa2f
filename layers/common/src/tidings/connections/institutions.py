"""List what a user can connect: GET /institutions. It calls no provider."""

from tidings import providers
from tidings.api.request import Request
from tidings.api.response import Response, etag_response
from tidings.api.response_types import Institution, Institutions
from tidings.aws import secrets
from tidings.model import ProviderName, User
from tidings.store import institutions


def list_institutions(_user: User, request: Request) -> Response:
    """Return the configured providers, and the brokers by name that one of them can connect directly."""
    configured = [name for name in providers.PROVIDER_NAMES if _is_configured(name)]
    body: Institutions = {
        "providers": configured,
        "institutions": [_institution(broker) for broker in _brokers(configured)],
    }
    return etag_response(request, body)


def _brokers(configured: list[ProviderName]) -> list[institutions.Broker]:
    return institutions.read_brokers("snaptrade") if "snaptrade" in configured else []


def _institution(broker: institutions.Broker) -> Institution:
    return {"provider": "snaptrade", "broker": broker.slug, "name": broker.name}


def _is_configured(name: ProviderName) -> bool:
    return providers.connection_remover(name).is_configured(secrets.app_secret(name))
