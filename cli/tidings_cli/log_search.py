"""Search the functions' logs for lines of JSON."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from tidings_cli.deployment import Deployment

_WEBHOOK_LOGS = ("WebhookPlaidLogs", "WebhookSnapTradeLogs")


class LogLine(NamedTuple):
    """A line of a function's log. `at` in epoch milliseconds."""

    at: int
    fields: dict[str, Any]


def webhook_log_groups(deployment: Deployment) -> list[str]:
    """List the log groups of the webhook functions."""
    groups = deployment.of_kind("AWS::Logs::LogGroup")
    return [groups[name] for name in _WEBHOOK_LOGS if name in groups]


def search(group: str, since: int, field: str, value: str) -> Iterator[LogLine]:
    """Yield the JSON lines since an instant whose field has this value."""
    from tidings.aws import clients

    pages = clients.aws_client("logs").get_paginator("filter_log_events")
    wanted = f'{{ $.{field} = "{value}" }}'
    for page in pages.paginate(logGroupName=group, startTime=since, filterPattern=wanted):
        for one in page["events"]:
            fields = _parse(one["message"])
            # An emulation of CloudWatch may ignore the filter.
            if fields.get(field) == value:
                yield LogLine(one["timestamp"], fields)


def _parse(message: str) -> dict[str, Any]:
    try:
        fields = json.loads(message)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
