"""A finished Hosted Link session of a user on the real engine."""

from dataclasses import dataclass
from typing import Any

from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.process_pool import Invocation, request_invocation
from tests.support.drivers.user_driver import UserDriver
from tests.support.fakes.providers import CapturedWebhook

COMPLETE = "POST /plaid/complete-connection"


@dataclass(frozen=True)
class FinishedSession:
    """`webhook`: the webhook of the finished session. PLAID_WEBHOOK_URL is the catcher's address."""

    user_driver: UserDriver
    token: str
    item_id: str
    webhook: CapturedWebhook

    @classmethod
    def create(cls, user_driver: UserDriver) -> "FinishedSession":
        app = user_driver.app
        app.providers.catcher.drain("/plaid")
        made = app.request("POST /plaid/create-connection-url", user_driver.cookie, body={})
        assert made.status == 200, made.text
        app.providers.plaid_hosted_link(made.json["connection_url"])
        [told] = app.providers.catcher.drain("/plaid")
        session = app.providers.plaid_simulator.state["link_sessions"][made.json["link_token"]]
        return cls(user_driver, made.json["link_token"], str(session["item_id"]), told)

    @property
    def message(self) -> dict[str, Any]:
        return {"kind": "complete_connection", "about": {"link_token": self.token}}

    def completion_request(self, **how: Any) -> Invocation:  # noqa: ANN401
        return request_invocation(COMPLETE, self.user_driver.cookie, body={"link_token": self.token}, **how)

    def complete(self) -> ApiResponse:
        return self.user_driver.app.request(COMPLETE, self.user_driver.cookie, body={"link_token": self.token})

    def allow_repeated_exchange(self) -> None:
        """Make every exchange return the same item. Plaid exchanges a public token only once."""
        item = self.user_driver.app.providers.plaid_simulator.state["items"][self.item_id]
        body = {"item_id": self.item_id, "access_token": item["access_token"]}
        fault = {"path": "/item/public_token/exchange", "kind": "status", "status": 200, "body": body}
        self.user_driver.app.providers.plaid("faults", **fault)
