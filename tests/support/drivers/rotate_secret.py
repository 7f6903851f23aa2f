"""The operator's rotation as a handler, so that the process pool can kill it at any store call: `ROTATE /<user id>`."""

from typing import Any

from tidings_cli import rotation


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    try:
        rotation.rotate(event["rawPath"].removeprefix("/"), say=lambda _line: None)
    except rotation.SecretLost:
        return {"statusCode": 410}
    except rotation.NotRotated:
        return {"statusCode": 409}
    return {"statusCode": 200}
