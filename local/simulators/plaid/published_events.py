"""Build the payload of any event that Plaid publishes, from the example in its OpenAPI description.

Source: https://github.com/plaid/plaid-openapi, schemas that end in `Webhook`.
"""

import json
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from local.simulators.control_errors import ControlError
from local.simulators.plaid.webhooks import build_item_payload


@cache
def published_events() -> dict[str, dict[str, Any]]:
    """Return each event's example payload, by `type:code`."""
    read: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return read


def find_example(event: str) -> dict[str, Any]:
    """Return an event's example payload. Raises ControlError if Plaid publishes no such event."""
    try:
        return published_events()[event]
    except KeyError:
        similar = get_close_matches(event, published_events())
        hint = f"; similar: {', '.join(similar)}" if similar else ""
        raise ControlError(404, f"Plaid publishes no event {event}{hint}") from None


def build_payload(example: dict[str, Any], item_id: str, account_id: str) -> dict[str, Any]:
    """Return the example, about our item if it names one, with the times and errors that this simulator chooses."""
    if "item_id" not in example:
        return {**example, "environment": "sandbox"}
    return {**example, **build_item_payload(item_id, example["webhook_type"], example["webhook_code"], account_id)}
