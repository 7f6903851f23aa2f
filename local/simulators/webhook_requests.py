"""Parse and send requests for webhooks: variant, age, number and delay."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from local.simulators.control_errors import ControlError
from local.simulators.deliveries import Notification, WebhookSender

Variant = Literal["genuine", "forged", "tampered", "stale", "replay", "unsigned"]
Shape = Literal["native", "legacy", "oauth_v1"]
STALE_AGE_S = 900.0


@dataclass(frozen=True)
class WebhookRequest:
    """How to send a webhook.

    `extra` and `omit` change the payload before it is signed. `times` is the number of copies sent at once, each
    signed separately if `distinct`. `same_kid` (Plaid) forges with the id of the genuine key.
    """

    variant: Variant = "genuine"
    age_s: float = 0.0
    times: int = 1
    delay_s: float = 0.0
    distinct: bool = False
    same_kid: bool = False
    shape: Shape = "native"
    extra: Mapping[str, Any] = field(default_factory=dict)
    omit: tuple[str, ...] = ()
    url: str | None = None


def parse_webhook_request(command: Mapping[str, Any]) -> WebhookRequest:
    """Parse the webhook request in a control command. Raises ControlError if it is malformed."""
    fields = {name: command[name] for name in WebhookRequest.__dataclass_fields__ if command.get(name) is not None}
    parsed = WebhookRequest(**fields)
    if parsed.variant not in get_args(Variant):
        raise ControlError(400, f"variant must be one of {', '.join(get_args(Variant))}")
    if parsed.shape not in get_args(Shape):
        raise ControlError(400, f"shape must be one of {', '.join(get_args(Shape))}")
    if parsed.variant == "stale" and "age_s" not in fields:
        return replace(parsed, age_s=STALE_AGE_S)
    return parsed


def parse_percent(command: Mapping[str, Any]) -> Decimal:
    """Parse the price change in a control command, 1 by default.

    Raises ControlError unless it is a number above -100 and at most 1000.
    """
    try:
        percent = Decimal(str(command.get("percent", "1")))
    except InvalidOperation:
        percent = Decimal("NaN")
    if not (percent.is_finite() and -100 < percent <= 1000):
        raise ControlError(400, "percent must be a number above -100 and at most 1000")
    return percent


def apply_overrides(payload: dict[str, Any], request: WebhookRequest) -> dict[str, Any]:
    """Return the payload with the requested fields added and omitted."""
    return {name: value for name, value in {**payload, **request.extra}.items() if name not in request.omit}


async def send_webhooks(
    sender: WebhookSender, request: WebhookRequest, create_notification: Callable[[], Notification]
) -> dict[str, Any]:
    """Send the requested webhooks: now, waiting for the first responses, or later in the background."""

    async def dispatch() -> dict[str, Any]:
        notifications = (
            [create_notification() for _ in range(request.times)]
            if request.distinct
            else _copies(create_notification(), request.times)
        )
        return {"deliveries": [asdict(delivery) for delivery in await sender.deliver_all(notifications)]}

    async def dispatch_later() -> None:
        await asyncio.sleep(request.delay_s)
        await dispatch()

    if request.delay_s:
        sender.run_in_background(dispatch_later())
        return {"deliveries": [], "scheduled": request.times}
    return await dispatch()


def replay_notification(sender: WebhookSender, subject: str, connection_id: str | None) -> Notification:
    """Repeat the last genuine delivery byte for byte. Raises ControlError if there was none."""
    last = sender.find_last_genuine(subject, connection_id)
    if last is None:
        raise ControlError(409, "no genuine webhook was sent yet, so none can be replayed")
    notification, signed = last
    return replace(notification, sign=lambda: signed, variant="replay")


def _copies(notification: Notification, times: int) -> list[Notification]:
    if times == 1:
        return [notification]
    signed = notification.sign()
    return [replace(notification, sign=lambda: signed)] * times
