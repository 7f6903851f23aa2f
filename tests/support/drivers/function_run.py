"""Run one function of the template: its handler, under its service name in logs and metrics."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.stack import Stack
from tests.support.drivers.api_calls import LambdaContext, gateway_event
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.output import Output
from tests.support.drivers.watched_metrics import WatchedMetric, emitted_metrics
from tests.support.fakes.clock import StoppedClock
from tidings.observability import logger

Handler = Callable[[dict[str, Any], object], Any]
ROUTES = {
    "PendingFunction": "GET /pending-updates",
    "HoldingsFunction": "GET /holdings",
    "RefreshFunction": "POST /holdings/refresh",
    "ConnectionsFunction": "GET /connections",
    "LiveTicketFunction": "POST /live-ticket",
}


def functions_by_service(stack: Stack) -> dict[str, str]:
    """Map each function's name in metrics to its logical id."""
    return {
        stack.resolve(one["Properties"]["Environment"]["Variables"])["POWERTOOLS_SERVICE_NAME"]: logical_id
        for logical_id, one in stack.resources_of_type("AWS::Lambda::Function").items()
    }


def function_of_service(stack: Stack, service: str) -> str:
    """Return the logical id of the function with this service name."""
    return functions_by_service(stack)[service]


@dataclass
class FunctionRun:
    """`service`: the service name of the function that runs. `provider`: the provider of the run's source."""

    stack: Stack
    watched: WatchedMetric
    service: str
    app: App
    clock: StoppedClock
    output: Output
    monkeypatch: pytest.MonkeyPatch

    @property
    def function(self) -> str:
        return function_of_service(self.stack, self.service)

    @property
    def provider(self) -> ProviderName:
        named = dict(self.watched.dimensions).get("provider")
        return "plaid" if named == "plaid" or self.function == "WebhookPlaidFunction" else "snaptrade"

    @property
    def handler(self) -> Handler:
        properties = self.stack.source["Resources"][self.function]["Properties"]
        module, _, name = properties["Handler"].partition(".")
        found: Handler = getattr(importlib.import_module(f"{properties['CodeUri'].replace('/', '.')}.{module}"), name)
        return found

    def invoke(self, sent: dict[str, Any]) -> list[WatchedMetric]:
        """Invoke the function and return the metrics of this invocation."""
        before = len(self.output.lines)
        with self.monkeypatch.context() as named:
            named.setattr(logger, "service", self.service)
            self.handler(sent, LambdaContext())
        return list(emitted_metrics(self.output.lines[before:]))

    def webhook_event(self, **order: object) -> dict[str, Any]:
        """Return the event of a webhook about an unlinked source."""
        about = {"item_id": "nobody-s"} if self.provider == "plaid" else {"user_id": "nobody's"}
        [(headers, body)] = self.app.providers.capture_webhooks(self.provider, **about, **order)
        return gateway_event("POST /webhook", headers=headers, raw=body)

    def request_event(self, cookie: str | None = None, **sent: Any) -> dict[str, Any]:  # noqa: ANN401 - what `event` takes
        """Return the event of a request to one of the front end's functions."""
        return gateway_event(ROUTES[self.function], cookie=cookie, **sent)

    def link_source(self) -> tuple[str, LinkedSource]:
        """Return a cookie and a fetched source whose cooldown has expired."""
        cookie = self.app.sign_in(lasts_s=10**9)
        linked = self.app.link_and_refresh(cookie, self.provider)
        self.clock.advance(61)
        self.app.providers.reset()
        return cookie, linked
