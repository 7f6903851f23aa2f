"""Raise, or return the batch response that the messages request."""

import json
from typing import Any


def lambda_handler(event: dict[str, Any], _context: object) -> object:
    print(json.dumps({"batch": [record["body"] for record in event["Records"]]}), flush=True)
    bodies = {record["body"]: record["messageId"] for record in event["Records"]}
    if "crash" in bodies:
        raise RuntimeError
    if "nonsense" in bodies:
        return {"batchItemFailures": [{"itemIdentifier": "unheard-of"}]}
    return {"batchItemFailures": [{"itemIdentifier": bodies["poison"]}] if "poison" in bodies else []}
