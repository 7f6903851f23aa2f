"""Orders for one webhook: genuine or not, how old, how many, how late."""

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
    """How a webhook is to be sent.

    `extra` and `omit` change the payload before it is signed. `times` sends the same bytes that often at once;
    with `distinct`, that many separately signed webhooks. `same_kid` (Plaid) forges under the genuine key's id.
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


def parse_webhook_request(order: Mapping[str, Any]) -> WebhookRequest:
    """The order in a control call's body; raises Refused."""
    fields = {name: order[name] for name in WebhookRequest.__dataclass_fields__ if order.get(name) is not None}
    parsed = WebhookRequest(**fields)
    if parsed.variant not in get_args(Variant):
        raise ControlError(400, f"variant is one of {', '.join(get_args(Variant))}")
    if parsed.shape not in get_args(Shape):
        raise ControlError(400, f"shape is one of {', '.join(get_args(Shape))}")
    if parsed.variant == "stale" and "age_s" not in fields:
        return replace(parsed, age_s=STALE_AGE_S)
    return parsed


def parse_percent(order: Mapping[str, Any]) -> Decimal:
    """By how much prices are to move: above -100, at most 1000, 1 if nothing is said; raises Refused."""
    try:
        percent = Decimal(str(order.get("percent", "1")))
    except InvalidOperation:
        percent = Decimal("NaN")
    if not (percent.is_finite() and -100 < percent <= 1000):
        raise ControlError(400, "percent is a number above -100, and 1000 at most")
    return percent


def apply_overrides(payload: dict[str, Any], order: WebhookRequest) -> dict[str, Any]:
    """The payload with the ordered fields added and left out."""
    return {name: value for name, value in {**payload, **order.extra}.items() if name not in order.omit}


async def send_webhooks(
    sender: WebhookSender, order: WebhookRequest, create_notification: Callable[[], Notification]
) -> dict[str, Any]:
    """Send what was ordered, now (and wait for the first answers) or later in the background."""

    async def dispatch() -> dict[str, Any]:
        notifications = (
            [create_notification() for _ in range(order.times)]
            if order.distinct
            else _copies(create_notification(), order.times)
        )
        return {"deliveries": [asdict(delivery) for delivery in await sender.deliver_all(notifications)]}

    async def dispatch_later() -> None:
        await asyncio.sleep(order.delay_s)
        await dispatch()

    if order.delay_s:
        sender.run_in_background(dispatch_later())
        return {"deliveries": [], "scheduled": order.times}
    return await dispatch()


def replay_notification(sender: WebhookSender, subject: str, connection_id: str | None) -> Notification:
    """The last genuine delivery again, byte for byte; raises Refused when there was none."""
    last = sender.find_last_genuine(subject, connection_id)
    if last is None:
        raise ControlError(409, "nothing genuine was sent yet that could be replayed")
    notification, signed = last
    return replace(notification, sign=lambda: signed, variant="replay")


def _copies(notification: Notification, times: int) -> list[Notification]:
    if times == 1:
        return [notification]
    signed = notification.sign()
    return [replace(notification, sign=lambda: signed)] * times
