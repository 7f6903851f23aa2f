"""The providers, each one a package of five modules; a function loads only the one that it needs.

`webhook` (verify, read) must stay free of pydantic and HTTP payload models: it starts in a webhook function.
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
    reader: WebhookReader = import_module(f"tidings.providers.{name}.webhook")
    return reader


def holdings_reader(name: ProviderName) -> HoldingsReader:
    reader: HoldingsReader = import_module(f"tidings.providers.{name}.holdings")
    return reader


def source_lister(name: ProviderName) -> SourceLister:
    """Only of a provider whose items are not themselves their sources."""
    found: SourceLister = import_module(f"tidings.providers.{name}.holdings")
    return found


def connection_remover(name: ProviderName) -> ConnectionRemover:
    maker: ConnectionRemover = import_module(f"tidings.providers.{name}.connections")
    return maker


def paid_refresher(name: ProviderName) -> PaidRefresher:
    found: PaidRefresher = import_module(f"tidings.providers.{name}.paid_refresh")
    return found


def status_reader(name: ProviderName) -> StatusReader:
    reader: StatusReader = import_module(f"tidings.providers.{name}.status")
    return reader
