"""Read a stream's records, and decide about connections by tokens that say what to do."""

import json
from typing import Any


def read(event: dict[str, Any], _context: object) -> dict[str, Any]:
    print(json.dumps({"records": event["Records"]}), flush=True)
    keys = [record["dynamodb"]["Keys"]["item"]["S"] for record in event["Records"]]
    if "source#crash" in keys:
        raise RuntimeError
    return {"batchItemFailures": []}


def authorize(event: dict[str, Any], _context: object) -> dict[str, Any]:
    print(json.dumps({"asked": event}), flush=True)
    token, asked = event["authorizationToken"], event["requestContext"]
    if token == "ticket-crash":
        raise RuntimeError
    is_own = asked["operation"] == "EVENT_CONNECT" or asked["channel"] == "/updates/mine"
    return {"isAuthorized": token == "ticket-good" and is_own, "ttlOverride": 0}
