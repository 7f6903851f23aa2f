"""Run the reconciler's status checks of one source, and read their effects."""

from typing import Any

from tests.support.aws.tables import Tables
from tests.support.drivers import reconcile_queue
from tests.support.drivers.app import App, LinkedSource, ProviderName
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.providers import CapturedWebhook
from tidings import providers

PROVIDERS: list[ProviderName] = ["plaid", "snaptrade"]
_STATUS_CALL = {"plaid": "/item/get", "snaptrade": "/authorizations"}


def max_silence_s(linked: LinkedSource) -> int:
    return providers.status_reader(linked.provider).MAX_SILENCE_HOURS * 3600


def run_status_check(linked: LinkedSource) -> list[str]:
    return reconcile_queue.process_messages(reconcile_queue.status_check_message(f"{linked.provider}#{linked.item_id}"))


def fail_status_call(app: App, linked: LinkedSource, **fault: object) -> None:
    """Make the provider's status call fail."""
    order = app.providers.plaid if linked.provider == "plaid" else app.providers.snaptrade
    order("faults", path=_STATUS_CALL[linked.provider], kind="status", **fault)


def logged_outcomes(output: Output) -> list[str]:
    return [str(line["outcome"]) for line in output.lines_with_message("task")]


def source_row(tables: Tables, linked: LinkedSource) -> dict[str, Any]:
    row = tables.source(linked.provider, linked.source_id)
    assert row is not None
    return row


def make_due(tables: Tables, linked: LinkedSource, clock: StoppedClock, ahead_s: int) -> None:
    clock.advance(ahead_s)
    key = {"user_id": {"S": "alice"}, "entry": {"S": f"claim#{linked.provider}"}}
    tables.dynamodb.delete_item(TableName="update-state", Key=key)
    update_source_row(tables, linked, "SET check_due = :n REMOVE last_reconcile_at", n=clock.now)


def deliver_delayed(
    app: App, linked: LinkedSource, tables: Tables, stopped_clock: StoppedClock
) -> list[CapturedWebhook]:
    """Deliver a webhook twenty minutes late, which is refused. The source's last fetch is from 1970 then."""
    caught = app.providers.capture_webhooks(linked.provider, **linked.control_arguments)
    stopped_clock.advance(1200)
    update_source_row(tables, linked, "SET last_fetched_at = :n", n=1)
    assert [app.deliver(linked.provider, one).status for one in caught] == [403]
    return caught


def update_source_row(tables: Tables, linked: LinkedSource, expression: str, **values: int) -> None:
    tables.dynamodb.update_item(
        TableName="update-state",
        Key={"user_id": {"S": "alice"}, "entry": {"S": f"source#{linked.provider}#{linked.source_id}"}},
        UpdateExpression=expression,
        **({"ExpressionAttributeValues": {f":{k}": {"N": str(v)} for k, v in values.items()}} if values else {}),
    )
