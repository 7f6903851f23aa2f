"""Load a provider's implementation of a protocol by the provider's name (docs/decisions/0007).

Each function imports one module, so that a Lambda function loads only what it needs. The `webhook` modules must not
import pydantic or payload models: they decide the cold start of the webhook functions.
"""

from importlib import import_module
from typing import get_args

from tidings.model import ProviderName
from tidings.providers.protocol import (
    ConnectionRemover,
    HoldingsReader,
    PaidRefresher,
    SourceLister,
    StatusReader,
    WebhookReader,
)

PROVIDER_NAMES: tuple[ProviderName, ...] = get_args(ProviderName)


def webhook_reader(name: ProviderName) -> WebhookReader:
    """Load the module that verifies and parses the provider's webhooks."""
    reader: WebhookReader = import_module(f"tidings.providers.{name}.webhook")
    return reader


def holdings_reader(name: ProviderName) -> HoldingsReader:
    """Load the module that fetches holdings."""
    reader: HoldingsReader = import_module(f"tidings.providers.{name}.holdings")
    return reader


def source_lister(name: ProviderName) -> SourceLister:
    """Load the module that lists an item's sources. Only for a provider whose item can have many."""
    lister: SourceLister = import_module(f"tidings.providers.{name}.holdings")
    return lister


def connection_remover(name: ProviderName) -> ConnectionRemover:
    """Load the module that ends connections."""
    remover: ConnectionRemover = import_module(f"tidings.providers.{name}.connections")
    return remover


def paid_refresher(name: ProviderName) -> PaidRefresher:
    """Load the module that requests paid refreshes."""
    refresher: PaidRefresher = import_module(f"tidings.providers.{name}.paid_refresh")
    return refresher


def status_reader(name: ProviderName) -> StatusReader:
    """Load the module that reads an item's status."""
    reader: StatusReader = import_module(f"tidings.providers.{name}.status")
    return reader
