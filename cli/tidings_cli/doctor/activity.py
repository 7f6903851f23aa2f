"""What goes on by itself: functions, what starts them, alarms, webhooks that come, and where Plaid sends them."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from tidings_cli import output
from tidings_cli.deployment import Deployment
from tidings_cli.doctor import keys
from tidings_cli.doctor.access import Found
from tidings_cli.doctor.addresses import PROBE_EVENT

if TYPE_CHECKING:
    from tidings.store.items import Sealed

_SILENT_MS = 4 * 24 * 3600 * 1000
"""Longer than a weekend with a holiday: both providers send something on every trading day."""

_ENOUGH_AT_ONCE = 100
_SAMPLE = 5
_CALLING_S = 20.0
_ALARMS_AT_ONCE = 100


def functions(deployment: Deployment) -> Found:
    found = deployment.of_kind("AWS::Lambda::Function")
    if deployment.local:
        yield "ok", f"{len(found)} on this machine", ""
        return
    from tidings.store import aws

    client, fine = aws.client("lambda"), True
    for logical_id, name in found.items():
        told = client.get_function_configuration(FunctionName=name)
        state = (told.get("State", "Active"), told.get("LastUpdateStatus", "Successful"))
        if state != ("Active", "Successful"):
            fine = False
            says = f"{logical_id} is {state[0]}, its last update {state[1]}"
            yield "problem", says, told.get("StateReason") or told.get("LastUpdateStatusReason") or "Deploy again."
    for logical_id, mapping in deployment.of_kind("AWS::Lambda::EventSourceMapping").items():
        state_of = client.get_event_source_mapping(UUID=mapping)["State"]
        if state_of not in {"Enabled", "Enabling", "Updating", "Creating"}:
            fine = False
            do = f"aws lambda update-event-source-mapping --uuid {mapping} --enabled"
            yield "problem", f"{logical_id} is {state_of}: nobody takes its queue's messages", do
    at_once = client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if at_once < _ENOUGH_AT_ONCE:
        fine = False
        says = f"this account runs {at_once} functions at once: a burst of webhooks keeps users waiting"
        yield "warning", says, "Ask AWS for more: Service Quotas, Lambda, Concurrent executions."
    for logical_id, rule in deployment.of_kind("AWS::Events::Rule").items():
        if aws.client("events").describe_rule(Name=rule)["State"] == "DISABLED":
            fine = False
            yield "problem", f"{logical_id} is off: its function never runs", f"aws events enable-rule --name {rule}"
    if fine:
        yield "ok", f"{len(found)} active", ""


def alarms(deployment: Deployment) -> Found:
    names = deployment.of_kind("AWS::CloudWatch::Alarm")
    if deployment.local:
        yield "ok", "none on this machine", ""
        return
    raised = list(_raised(list(names.values())))
    for name, reason in raised:
        logical_id = next(key for key, value in names.items() if value == name)
        yield "problem", f"{logical_id} is raised: {reason}", "docs/operations.md, Alarms, says what it means."
    if not deployment.parameters.get("AlarmTopicArn"):
        yield "warning", "they notify nobody", "Deploy with AlarmTopicArn, an SNS topic that reaches you."
    elif not raised:
        yield "ok", f"{len(names)} quiet", ""


def _raised(names: list[str]) -> Iterator[tuple[str, str]]:
    from tidings.store import aws

    client = aws.client("cloudwatch")
    for first in range(0, len(names), _ALARMS_AT_ONCE):
        some = names[first : first + _ALARMS_AT_ONCE]
        answer = client.describe_alarms(AlarmNames=some, StateValue="ALARM", MaxRecords=_ALARMS_AT_ONCE)
        for one in answer["MetricAlarms"]:
            yield one["AlarmName"], one.get("StateReason", "")


def silence(deployment: Deployment) -> Found:
    """A provider that has connections here and has not posted anything for days."""
    from tidings import clock
    from tidings.store import surveys

    linked = {one.item.partition("#")[0] for one in surveys.items() if one.user_id}
    newest: dict[str, int] = {}
    for event in surveys.events():
        if event.kind != PROBE_EVENT:
            newest[event.provider] = max(event.received_at, newest.get(event.provider, 0))
    last = {name: newest.get(name) for name in sorted(linked) if keys.is_configured(deployment, name)}
    now = clock.now_ms()
    for provider, at in last.items():
        if at is None:
            yield "warning", f"{provider}: no webhook has come yet", _where(deployment, provider)
        else:
            silent = now - at > _SILENT_MS
            says = f"{provider}: the last webhook came {output.age(at, now)} ago"
            yield "warning" if silent else "ok", says, _where(deployment, provider) if silent else ""
    if not last:
        yield "ok", "nothing is connected yet", ""


def _where(deployment: Deployment, provider: str) -> str:
    if provider == "plaid":
        return f"Items must post to {deployment.plaid_webhook_url}: see the line about Plaid's items."
    return f"SnapTrade's dashboard, Webhooks, must name {deployment.output('SnapTradeWebhookUrl')}; try its Send test."


def plaid_items(deployment: Deployment) -> Found:
    """A sample of items asked where they post; the call is free, but needs their credentials."""
    if not keys.is_configured(deployment, "plaid"):
        return
    from tidings.store import items

    asked = [_posts_to(item, sealed) for item, sealed in islice(items.all_sealed("plaid"), _SAMPLE)]
    told = [url for known, url in asked if known]
    expected = deployment.plaid_webhook_url
    elsewhere = [url for url in told if url != expected]
    if elsewhere:
        says = f"{len(elsewhere)} of {output.counted(len(told), 'item')} asked post to {elsewhere[0] or 'nowhere'}"
        yield "problem", says, f"tidings items move-webhooks {expected}"
    elif told:
        yield "ok", f"{output.counted(len(told), 'item')} asked post to {expected}", ""
    else:
        yield "ok", "there are none to ask", ""


def _posts_to(item: str, sealed: "Sealed") -> tuple[bool, str | None]:
    """Whether Plaid knows the item, and its webhooks' address."""
    from tidings.errors import ItemGone
    from tidings.providers.plaid import client
    from tidings.store import credentials, secrets
    from tidings.store.sources import Key

    item_id = item.partition("#")[2]
    token = credentials.unseal(Key(sealed.user_id, "plaid", item_id, item), sealed.credential)
    try:
        told = client.post(secrets.app("plaid"), "/item/get", {"access_token": token}, time.monotonic() + _CALLING_S)
    except ItemGone:
        return False, None
    item_told = told.get("item")
    return True, item_told.get("webhook") if isinstance(item_told, dict) else None
