"""One function of the template: its own handler, under the name that it has in logs and metrics there."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.aws.stack import Stack
from tests.support.drivers.api_calls import Context, event
from tests.support.drivers.app import App, Linked, ProviderName
from tests.support.drivers.output import Output
from tests.support.drivers.watched_metrics import Watched, emitted
from tests.support.fakes.clock import StoppedClock
from tidings.observability import logger

Handler = Callable[[dict[str, Any], object], Any]
ROUTES = {
    "PendingFunction": "GET /pending-updates",
    "HoldingsFunction": "GET /holdings",
    "RefreshFunction": "POST /holdings/refresh",
    "ConnectionsFunction": "GET /connections",
}


def services(stack: Stack) -> dict[str, str]:
    """Map each function's name in metrics to its logical id."""
    return {
        stack.resolve(one["Properties"]["Environment"]["Variables"])["POWERTOOLS_SERVICE_NAME"]: logical_id
        for logical_id, one in stack.of_type("AWS::Lambda::Function").items()
    }


def function_of(stack: Stack, service: str) -> str:
    """The function that writes its metrics under this name."""
    return services(stack)[service]


@dataclass
class FunctionRun:
    """`service`: whose function runs. `provider`: whom the run is about."""

    stack: Stack
    watched: Watched
    service: str
    app: App
    clock: StoppedClock
    output: Output
    monkeypatch: pytest.MonkeyPatch

    @property
    def function(self) -> str:
        return function_of(self.stack, self.service)

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

    def invoke(self, sent: dict[str, Any]) -> list[Watched]:
        """What CloudWatch counts of this one invocation."""
        before = len(self.output.lines)
        with self.monkeypatch.context() as named:
            named.setattr(logger, "service", self.service)
            self.handler(sent, Context())
        return list(emitted(self.output.lines[before:]))

    def webhook(self, **order: object) -> dict[str, Any]:
        """The event of a webhook about what nobody has linked."""
        about = {"item_id": "nobody-s"} if self.provider == "plaid" else {"user_id": "nobody's"}
        [(headers, body)] = self.app.providers.webhooks(self.provider, **about, **order)
        return event("POST /webhook", headers=headers, raw=body)

    def request(self, cookie: str | None = None, **sent: Any) -> dict[str, Any]:  # noqa: ANN401 - what `event` takes
        """The event of a request to one of the front end's functions."""
        return event(ROUTES[self.function], cookie=cookie, **sent)

    def linked(self) -> tuple[str, Linked]:
        """A cookie, and a fetched source whose cooldown is over."""
        cookie = self.app.sign_in(lasts_s=10**9)
        linked = self.app.fetched(cookie, self.provider)
        self.clock.advance(61)
        self.app.providers.reset()
        return cookie, linked
