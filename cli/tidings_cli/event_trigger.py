"""`tidings events trigger`: have a simulated provider send any event that the real one publishes, signed."""

import json
from typing import Any

import click

from tidings_cli import context, output
from tidings_cli.commands import Command
from tidings_cli.deployment import Deployment
from tidings_cli.doctor import http_probe

VARIANTS = ("genuine", "forged", "tampered", "stale", "replay", "unsigned")


@click.command(cls=Command)
@click.argument("provider", type=click.Choice(("plaid", "snaptrade")))
@click.argument("event", required=False)
@click.option("--item", metavar="ITEM_ID", help="The item that the event is about; the newest one by default.")
@click.option("--source", metavar="SOURCE_ID", help="SnapTrade: the connection that the event is about.")
@click.option("--variant", type=click.Choice(VARIANTS), default="genuine", show_default=True)
@context.with_deployment
def trigger(provider: str, event: str | None, item: str | None, source: str | None, variant: str) -> None:
    """Send EVENT of PROVIDER to the local cloud, signed; without EVENT list those that the provider publishes.

    An item that nobody has linked is an orphan. The command exits with 1 if the webhook was not answered.
    """
    deployment = context.current_deployment()
    if not deployment.local:
        raise click.UsageError("Only the local cloud has simulated providers: pass --local.")
    if source and provider == "plaid":
        raise click.UsageError("A source of Plaid is its item: pass --item.")
    if event is None:
        _print_events(_call(deployment, "GET", f"{provider}/events")["events"])
        return
    url = deployment.plaid_webhook_url if provider == "plaid" else deployment.output("SnapTradeWebhookUrl")
    named = {("item_id" if provider == "plaid" else "user_id"): item, "connection_id": source}
    sent = {"event": event.upper(), "variant": variant, "url": url, **{key: one for key, one in named.items() if one}}
    _print_deliveries(_call(deployment, "POST", f"{provider}/event", sent)["deliveries"])


def _call(deployment: Deployment, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Call a simulator through the local cloud's page. Raises ClickException with the simulator's own reason."""
    url = f"{deployment.api_url}/_local/simulators/{path}"
    sent = None if body is None else json.dumps(body).encode()
    try:
        response = http_probe.send(method, url, headers={"content-type": "application/json"}, body=sent)
        answer: dict[str, Any] = json.loads(response.body)
    except (http_probe.Unreachable, ValueError) as error:
        raise click.ClickException(f"The simulator does not respond: {error}") from None
    if response.status != 200:
        raise click.ClickException(str(answer.get("error", answer)))
    return answer


def _print_events(names: list[str]) -> None:
    if output.wants_json():
        output.write_json({"events": names})
    else:
        output.print_table(("event",), [(name,) for name in names])


def _print_deliveries(deliveries: list[dict[str, Any]]) -> None:
    if output.wants_json():
        output.write_json({"deliveries": deliveries})
    else:
        rows = [(one["event"], one["variant"], one["status"], one["answer"] or one["error"]) for one in deliveries]
        output.print_table(("event", "variant", "status", "response"), rows)
    if any(one["status"] is None for one in deliveries):
        raise click.exceptions.Exit(1)
