"""Check what runs by itself: functions, their triggers, alarms, incoming webhooks and Plaid's webhook addresses."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from tidings_cli import output
from tidings_cli.deployment import Deployment
from tidings_cli.doctor import keys
from tidings_cli.doctor.access import CheckResults
from tidings_cli.doctor.addresses import PROBE_EVENT

if TYPE_CHECKING:
    from tidings.model import ItemKey
    from tidings.store.items import EncryptedCredential

_MAX_SILENCE_MS = 4 * 24 * 3600 * 1000
"""Longer than a weekend with a holiday: both providers send something on every trading day."""

_ENOUGH_CONCURRENCY = 100
_SAMPLE = 5
_CALL_TIMEOUT_S = 20.0
_ALARMS_PER_CALL = 100


def check_functions(deployment: Deployment) -> CheckResults:
    found = deployment.of_kind("AWS::Lambda::Function")
    if deployment.local:
        yield "ok", f"{len(found)} on this machine", ""
        return
    from tidings.aws import clients

    client, is_healthy = clients.aws_client("lambda"), True
    for logical_id, name in found.items():
        configuration = client.get_function_configuration(FunctionName=name)
        state = (configuration.get("State", "Active"), configuration.get("LastUpdateStatus", "Successful"))
        if state != ("Active", "Successful"):
            is_healthy = False
            says = f"{logical_id} is {state[0]}, its last update {state[1]}"
            yield (
                "problem",
                says,
                configuration.get("StateReason") or configuration.get("LastUpdateStatusReason") or "Deploy again.",
            )
    for logical_id, mapping in deployment.of_kind("AWS::Lambda::EventSourceMapping").items():
        state_of = client.get_event_source_mapping(UUID=mapping)["State"]
        if state_of not in {"Enabled", "Enabling", "Updating", "Creating"}:
            is_healthy = False
            do = f"aws lambda update-event-source-mapping --uuid {mapping} --enabled"
            yield "problem", f"{logical_id} is {state_of}: its queue's messages are not processed", do
    concurrency = client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if concurrency < _ENOUGH_CONCURRENCY:
        is_healthy = False
        says = f"this account runs {concurrency} functions concurrently: a burst of webhooks delays users"
        yield "warning", says, "Request a higher quota: Service Quotas, Lambda, Concurrent executions."
    for logical_id, rule in deployment.of_kind("AWS::Events::Rule").items():
        if clients.aws_client("events").describe_rule(Name=rule)["State"] == "DISABLED":
            is_healthy = False
            yield (
                "problem",
                f"{logical_id} is disabled: its function never runs",
                f"aws events enable-rule --name {rule}",
            )
    if is_healthy:
        yield "ok", f"{len(found)} active", ""


def check_alarms(deployment: Deployment) -> CheckResults:
    names = deployment.of_kind("AWS::CloudWatch::Alarm")
    if deployment.local:
        yield "ok", "none on this machine", ""
        return
    raised = list(_raised(list(names.values())))
    for name, reason in raised:
        logical_id = next(key for key, value in names.items() if value == name)
        yield "problem", f"{logical_id} is raised: {reason}", "docs/operations.md, Alarms, explains it."
    if not deployment.parameters.get("AlarmTopicArn"):
        yield "warning", "alarms notify nobody", "Deploy with AlarmTopicArn, an SNS topic that notifies you."
    elif not raised:
        yield "ok", f"{len(names)} not raised", ""


def _raised(names: list[str]) -> Iterator[tuple[str, str]]:
    from tidings.aws import clients

    client = clients.aws_client("cloudwatch")
    for first in range(0, len(names), _ALARMS_PER_CALL):
        some = names[first : first + _ALARMS_PER_CALL]
        answer = client.describe_alarms(AlarmNames=some, StateValue="ALARM", MaxRecords=_ALARMS_PER_CALL)
        for one in answer["MetricAlarms"]:
            yield one["AlarmName"], one.get("StateReason", "")


def check_silence(deployment: Deployment) -> CheckResults:
    """Find providers with connections here that have sent no webhook for days."""
    from tidings import clock
    from tidings.store import admin_queries

    linked = {one.item.provider for one in admin_queries.all_items() if one.user_id}
    newest: dict[str, int] = {}
    for event in admin_queries.all_events():
        if event.kind != PROBE_EVENT:
            newest[event.provider] = max(event.received_at, newest.get(event.provider, 0))
    last = {name: newest.get(name) for name in sorted(linked) if keys.is_configured(deployment, name)}
    now = clock.now_ms()
    for provider, at in last.items():
        if at is None:
            yield "warning", f"{provider}: no webhook has arrived yet", _describe_address(deployment, provider)
        else:
            is_silent = now - at > _MAX_SILENCE_MS
            says = f"{provider}: the last webhook arrived {output.format_age(at, now)} ago"
            yield "warning" if is_silent else "ok", says, _describe_address(deployment, provider) if is_silent else ""
    if not last:
        yield "ok", "nothing is connected yet", ""


def _describe_address(deployment: Deployment, provider: str) -> str:
    if provider == "plaid":
        return f"Items must send webhooks to {deployment.plaid_webhook_url}: see the line `plaid items`."
    return f"SnapTrade's dashboard, Webhooks, must name {deployment.output('SnapTradeWebhookUrl')}; try its Send test."


def check_plaid_items(deployment: Deployment) -> CheckResults:
    """Ask Plaid for the webhook address of a sample of items; free of charge, but needs their credentials."""
    if not keys.is_configured(deployment, "plaid"):
        return
    from tidings.store import items

    sample = [
        _webhook_address(item, sealed) for item, sealed in islice(items.all_encrypted_credentials("plaid"), _SAMPLE)
    ]
    addresses = [url for is_known, url in sample if is_known]
    expected = deployment.plaid_webhook_url
    elsewhere = [url for url in addresses if url != expected]
    if elsewhere:
        items_checked = output.format_count(len(addresses), "item")
        says = f"webhooks of {len(elsewhere)} of {items_checked} go to {elsewhere[0] or 'no address'}"
        yield "problem", says, f"tidings items move-webhooks {expected}"
    elif addresses:
        yield "ok", f"webhooks of {output.format_count(len(addresses), 'item')} go to {expected}", ""
    else:
        yield "ok", "there are none", ""


def _webhook_address(item: "ItemKey", sealed: "EncryptedCredential") -> tuple[bool, str | None]:
    """Return whether Plaid knows the item, and its webhook address."""
    from tidings.aws import secrets
    from tidings.errors import ItemGone
    from tidings.providers.plaid import client
    from tidings.store import credentials
    from tidings.store.sources import SourceKey

    token = credentials.decrypt(SourceKey.of_item(sealed.user_id, item), sealed.credential)
    try:
        response = client.post(
            secrets.app_secret("plaid"), "/item/get", {"access_token": token}, time.monotonic() + _CALL_TIMEOUT_S
        )
    except ItemGone:
        return False, None
    found = response.get("item")
    return True, found.get("webhook") if isinstance(found, dict) else None
