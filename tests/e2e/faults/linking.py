"""A second user, who links under the fault: a Plaid item through Hosted Link, and a SnapTrade user."""

from dataclasses import dataclass

import httpx

from tests.e2e.user import User
from tests.support.drivers.elapsed_time import end_leases
from tests.support.drivers.waiting import wait_until

_PORTAL = "/api/snaptrade/create-connection-url"


@dataclass(frozen=True)
class LinkOutcome:
    """The response to completing once more, the connections that the user sees, and the user's items at Plaid."""

    status: int
    item_id: str | None
    problem: str | None
    shown: list[tuple[str, str, str | None]]
    at_plaid: set[str]


@dataclass(frozen=True)
class LinkingUser:
    user: User
    link_token: str
    connection_url: str

    @classmethod
    def create(cls, user: User) -> "LinkingUser":
        body = {"redirect_uri": f"{user.cloud.front}/back"}
        made = user.call("POST", "/plaid/create-connection-url", 200, body)
        user.brokers.secrets.add(made["link_token"])
        return cls(user, made["link_token"], made["connection_url"])

    def complete(self) -> httpx.Response:
        """Log in at Plaid, whose webhook queues a task, and complete in the browser at the same time."""
        self.user.press_connect(self.connection_url)
        return self._complete()

    def register(self) -> httpx.Response:
        return self.user.client.post(_PORTAL, json={})

    def outcome(self) -> LinkOutcome:
        end_leases(self.user.cloud, self.user.user_id)
        self.user.brokers.learn_secrets()
        answered = self._complete()
        body = answered.json()
        connections = self.user.call("GET", "/connections")["connections"]
        items = self.user.brokers.listed("plaid", "items", "items")
        return LinkOutcome(
            answered.status_code,
            body.get("item_id"),
            body.get("type", "").rpartition(":")[2] or None,
            [(one["source_id"], one["status"], one["status_reason"]) for one in connections],
            {item["item_id"] for item in items if item["client_user_id"] == self.user.user_id},
        )

    def connect_snaptrade(self, *, may_replace: bool) -> None:
        """Check that the user can connect, at once or by `replace` if the registration's secret was lost."""
        wait_until(lambda: self.register().status_code != 503, "SnapTrade is still deleting a registration")
        answered = self.register()
        if answered.status_code == 409 and may_replace:
            replace: dict[str, object] = {"replace": True}
            wait_until(lambda: self._post_portal(replace) == 200, "the registration was not replaced")
            answered = self.register()
        assert answered.status_code == 200, answered.text
        self.user.brokers.learn_secrets()

    def _post_portal(self, body: dict[str, object]) -> int:
        return self.user.client.post(_PORTAL, json=body).status_code

    def _complete(self) -> httpx.Response:
        return self.user.client.post("/plaid/complete-connection", json={"link_token": self.link_token})
