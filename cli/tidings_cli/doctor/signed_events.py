"""Post events to SnapTrade's webhook address, signed as SnapTrade signs."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from datetime import UTC, datetime

from tidings_cli.deployment import Deployment
from tidings_cli.doctor import http_probe
from tidings_cli.doctor.http_probe import ProbeResponse


def post(deployment: Deployment, event_type: str, key: str, **fields: object) -> ProbeResponse:
    """Post a new event that happens now, signed with this key. Raises Unreachable if there is no response."""
    at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event = {"eventType": event_type, "webhookId": str(uuid.uuid4()), "eventTimestamp": at, **fields}
    body = json.dumps(event, separators=(",", ":"), sort_keys=True).encode()
    signature = base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode()
    headers = {"content-type": "application/json", "signature": signature}
    return http_probe.send("POST", deployment.output("SnapTradeWebhookUrl"), headers=headers, body=body)
