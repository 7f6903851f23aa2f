"""`make demo`: run one user's journey against the running local cloud; exit with 1 if a result is not as expected.

With --built it starts its own local cloud on the artifacts of `sam build`, and stops it afterwards.
"""

import argparse
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from local.cloud import BuiltArtifacts, Options, local_cloud
from local.errors import LocalCloudError
from local.host_app import Receiver, host_app
from local.ports import free_block
from local.second_tab import second_tab
from local.settings import Plaid, Settings

_SHOWN_ROWS = 12


class Differs(Exception):
    """The result of a step is not the expected one."""


@dataclass
class Demo:
    """One user's journey: sign in, connect, receive webhooks, refresh, hear of more, disconnect."""

    front: str
    plaid: str
    snaptrade: str
    user: str = field(default_factory=lambda: f"demo-{secrets.token_hex(4)}")
    connection_id: str = ""
    item_id: str = ""
    step: int = 0
    watchers: Sequence[Callable[[httpx.Response], None]] = ()
    """Called with every response of the API."""
    listening_host_app: Callable[[str], AbstractContextManager[Receiver | None]] = host_app
    """Receives the messages at NotifyUrl."""

    def run(self) -> None:
        with httpx.Client(
            base_url=self.front,
            headers={"origin": self.front},
            event_hooks={"response": list(self.watchers)},
            timeout=40,
        ) as client:
            self.client = client
            notify_url = self.client.get("/_local/deployment").json()["parameters"]["NotifyUrl"]
            with self.listening_host_app(notify_url) as app:
                self.sign_in()
                self.link_plaid()
                self.link_snaptrade()
                self.webhooks_arrive()
                self.refresh()
                self.refresh_again()
                generation = self.nudge_a_second_tab()
                self.notify_the_host_app(app, notify_url, generation)
                self.refuse_what_is_not_genuine()
                self.disconnect()

    def sign_in(self) -> None:
        self.title(f"Sign in as {self.user}")
        self.call("POST", "/_local/login", 200, {"user_id": self.user, "email": f"{self.user}@example.com"})

    def link_plaid(self) -> None:
        self.title("Link a Plaid item (embedded Link: the sandbox gives the public token)")
        order = {
            "client_id": Plaid.client_id,
            "secret": Plaid.secret,
            "institution_id": "ins_109508",
            "initial_products": ["investments"],
            "options": {"webhook": f"{self.front}/plaid/webhook"},
        }
        token = httpx.post(f"{self.plaid}/sandbox/public_token/create", json=order).raise_for_status().json()
        body = {"public_token": token["public_token"]}
        self.item_id = self.call("POST", "/plaid/exchange-public-token", 201, body)["item_id"]

    def link_snaptrade(self) -> None:
        self.title("Connect a broker through SnapTrade's portal")
        made = self.call("POST", "/api/snaptrade/create-connection-url", 200, {"redirect_uri": f"{self.front}/"})
        back = httpx.post(made["connection_url"], timeout=40)
        self.say("Connect pressed in the portal", back.status_code, {303})
        self.connection_id = httpx.URL(back.headers["location"]).params["connection_id"]

    def webhooks_arrive(self) -> None:
        self.title("The brokers have new data: signed webhooks arrive")
        self.order(self.plaid, "trade", "HOLDINGS:DEFAULT_UPDATE", {200}, item_id=self.item_id, ticker="MSFT")
        self.order(self.snaptrade, "trade", "ACCOUNT_HOLDINGS_UPDATED", {200}, connection_id=self.connection_id)
        self.expect_pending(pending=True)

    def refresh(self) -> None:
        self.title("The user refreshes")
        answer = self.call("POST", "/holdings/refresh", 200)
        outcomes = answer["holdings"]["portfolio_metadata"]["providers"]
        for provider, outcome in outcomes.items():
            self.say(f"{provider}: {outcome['status']}, as of {outcome['as_of']}", outcome["status"], {"fresh"})
        self.show(self.call("GET", "/holdings", 200)["holdings"]["portfolio_data"])
        self.expect_pending(pending=False)

    def refresh_again(self) -> None:
        self.title("Refresh again during the cooldown")
        problem = self.call("POST", "/holdings/refresh", 429)
        self.say(f"retry after {problem['retry_after']} s", 1 <= problem["retry_after"] <= 60, {True})

    def nudge_a_second_tab(self) -> int:
        """Send an update while a second tab listens, and return the update's generation."""
        self.title("A second tab listens, and is nudged before it polls")
        before = self.call("GET", "/pending-updates", 200)["providers"]["plaid"]["generation"]
        with second_tab(self.call("POST", "/live-ticket", 200)) as tab:
            tab.wait_until_quiet()
            self.order(self.plaid, "trade", "HOLDINGS:DEFAULT_UPDATE", {200}, item_id=self.item_id, ticker="NVDA")
            answered = time.monotonic()
            nudge = tab.next_nudge()
            self.say(f"nudge {time.monotonic() - answered:.2f} s after the webhook, before any poll", nudge, {"{}"})
        state = self.call("GET", "/pending-updates", 200)["providers"]["plaid"]
        self.say("the tab's poll shows the update", state["has_pending_updates"], {True})
        self.say("generation is higher", state["generation"] > before, {True})
        return int(state["generation"])

    def notify_the_host_app(self, app: Receiver | None, url: str, generation: int) -> None:
        self.title("The host app receives a message about the same update")
        if app is None:
            self.explain_messages(url)
            return
        known = {"user_id": self.user, "provider": "plaid", "source_id": self.item_id, "generation": generation}
        message = app.wait_for(lambda one: one["type"] == "updates.available" and one["data"] == known)
        self.say(f"verified message to {url}", message and message["type"], {"updates.available"})
        print(f"      {known}", flush=True)

    def explain_messages(self, url: str) -> None:
        if url:
            print(f"   another program receives the messages, at {url}", flush=True)
            return
        print("   not shown: `make run` was started without a receiver. To see the message, start it so:", flush=True)
        print("   NOTIFY_URL=http://localhost:4000/tidings make run", flush=True)

    def refuse_what_is_not_genuine(self) -> None:
        self.title("Send forged, tampered, stale and duplicate webhooks")
        before = self.pending()
        for variant, status in (("forged", 403), ("tampered", 403), ("stale", 403), ("replay", 200)):
            self.order(self.plaid, "webhook", f"Plaid, {variant}", {status}, item_id=self.item_id, variant=variant)
        for variant, status in (("forged", 403), ("tampered", 403), ("stale", 403), ("replay", 200)):
            target = {"connection_id": self.connection_id, "variant": variant}
            self.order(self.snaptrade, "webhook", f"SnapTrade, {variant}", {status}, **target)
        self.say("pending state unchanged", self.pending() == before, {True})

    def disconnect(self) -> None:
        self.title("Disconnect everything")
        self.call("DELETE", "/connections", 204)
        left = self.call("GET", "/connections", 200)["connections"]
        self.say("connections left", len(left), {0})

    # --- Output and checks

    def title(self, text: str) -> None:
        self.step += 1
        print(f"\n{self.step}. {text}", flush=True)

    def say(self, what: str, got: object, expected: set[Any]) -> None:
        right = got in expected
        print(f"   {'ok ' if right else 'BAD'} {what}" + ("" if got is True else f" -> {got}"), flush=True)
        if not right:
            raise Differs(f"{what}: {got}, expected {' or '.join(str(one) for one in expected)}")

    def call(self, method: str, path: str, status: int, body: object = None) -> Any:  # noqa: ANN401 - JSON
        answer = self.client.request(method, path, json=body)
        self.say(f"{method} {path}", answer.status_code, {status})
        return answer.json() if answer.content else None

    def order(self, simulator: str, order: str, what: str, statuses: set[int], **fields: object) -> None:
        answer = httpx.post(f"{simulator}/_sim/{order}", json=fields, timeout=40).raise_for_status().json()
        if not answer["deliveries"]:
            raise Differs(f"{what}: the simulator sent nothing")
        for delivery in answer["deliveries"]:
            self.say(f"webhook {what}", delivery["status"], statuses)

    def pending(self) -> Any:  # noqa: ANN401 - JSON
        combined = self.client.get("/pending-updates").json()
        # Leave out the seconds until the next refresh, which change between two requests.
        return [{**one, "refresh_available_at": None} for one in combined["providers"].values()]

    def expect_pending(self, *, pending: bool) -> None:
        answer = self.call("GET", "/pending-updates", 200)
        for provider, state in answer["providers"].items():
            self.say(f"{provider} has_pending_updates", state["has_pending_updates"], {pending})

    def show(self, portfolio: dict[str, Any]) -> None:
        rows = portfolio["holdings"]
        print(f"\n   {'ticker':<22}{'quantity':>14}{'value':>16}  {'':4} from")
        for row in rows[:_SHOWN_ROWS]:
            value = "" if row["value"] is None else f"{Decimal(str(row['value'])):,.2f}"
            named = row["ticker"] or row["name"] or "?"
            among = "+".join(sorted({source["provider"] for source in row["sources"]}))
            quantity = "unknown" if row["quantity"] is None else row["quantity"]
            print(f"   {named:<22}{quantity:>14}{value:>16}  {row['currency']:4} {among}{_unvested(row)}")
        if len(rows) > _SHOWN_ROWS:
            print(f"   … and {len(rows) - _SHOWN_ROWS} more rows")
        totals = ", ".join(
            f"{Decimal(str(total)):,.2f} {code}" for code, total in portfolio["totals_by_currency"].items()
        )
        print(f"   totals: {totals}\n", flush=True)


def _unvested(row: dict[str, Any]) -> str:
    """Say what of a row is not vested, which counts in no total."""
    return f", {row['unvested_quantity']} more not vested yet" if row["unvested_quantity"] else ""


@contextmanager
def _demo(*, built: Path | None) -> Iterator[Demo]:
    """Run against what `make run` serves, or on built artifacts with the interpreter `built`."""
    if built is None:
        port = Settings.from_environment(os.environ).port
        front, plaid, snaptrade = (f"http://127.0.0.1:{port + offset}" for offset in (0, 3, 4))
        yield Demo(front, plaid, snaptrade)
        return
    with tempfile.TemporaryDirectory() as state:
        notify_url = f"http://127.0.0.1:{free_block(1)}/tidings"
        settings = Settings(port=0, state=Path(state), parameters={"NotifyUrl": notify_url})
        with local_cloud(
            settings, Options(built=BuiltArtifacts(built), report=lambda line: print(f"  {line} ..."))
        ) as cloud:
            yield Demo(cloud.front, cloud.plaid_simulator, cloud.snaptrade_simulator)


def _advice(url: httpx.URL) -> str:
    return (
        f"nothing answers at http://{url.netloc.decode()}: start the local cloud with `make run` first, "
        "or set PORT to the port that it runs on: `PORT=4000 make demo`"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make demo", description="Run one user's journey, step by step.")
    parser.add_argument("--built", type=Path, metavar="PYTHON", help="run .aws-sam/build under this interpreter")
    try:
        with _demo(built=parser.parse_args(arguments).built) as demo:
            demo.run()
    except httpx.ConnectError as error:
        print(f"make demo: {_advice(error.request.url)}", file=sys.stderr)
        return 1
    except (Differs, LocalCloudError) as error:
        print(f"make demo: {error}", file=sys.stderr)
        return 1
    print("\nAll checks passed.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
