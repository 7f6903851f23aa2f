"""The providers, each one a package of five modules; a function loads only the one that it needs.

`webhook` (verify, read) must stay free of pydantic and HTTP payload models: it starts in a webhook function.
"""

from importlib import import_module
from typing import get_args

from tidings.model import ProviderName
from tidings.providers.protocol import (
    ConnectionMaker,
    HoldingsReader,
    Puller,
    SourceLister,
    StatusReader,
    WebhookReader,
)

NAMES: tuple[ProviderName, ...] = get_args(ProviderName)


def webhook(name: ProviderName) -> WebhookReader:
    reader: WebhookReader = import_module(f"tidings.providers.{name}.webhook")
    return reader


def holdings(name: ProviderName) -> HoldingsReader:
    reader: HoldingsReader = import_module(f"tidings.providers.{name}.holdings")
    return reader


def lister(name: ProviderName) -> SourceLister:
    """Only of a provider whose items are not themselves their sources."""
    found: SourceLister = import_module(f"tidings.providers.{name}.holdings")
    return found


def connections(name: ProviderName) -> ConnectionMaker:
    maker: ConnectionMaker = import_module(f"tidings.providers.{name}.connections")
    return maker


def puller(name: ProviderName) -> Puller:
    found: Puller = import_module(f"tidings.providers.{name}.paid_refresh")
    return found


def status(name: ProviderName) -> StatusReader:
    reader: StatusReader = import_module(f"tidings.providers.{name}.status")
    return reader
