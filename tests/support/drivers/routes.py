"""The front-end routes of template.yaml, each with a valid request."""

from typing import Any

from local.translation import load_template
from tests.support.aws.stack import ROOT

_BODIES: dict[str, dict[str, object]] = {
    "POST /plaid/complete-connection": {"link_token": "link-sandbox-nobody-s"},
    "POST /plaid/exchange-public-token": {"public_token": "public-sandbox-nobody-s"},
}


def _routes() -> list[str]:
    resources = load_template(ROOT / "template.yaml")["Resources"]
    events = [
        event["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
    declared = {f"{event['Method'].upper()} {event['Path']}" for event in events}
    return sorted(route for route in declared if not route.endswith("/webhook"))


ROUTES = _routes()
WRITES = [route for route in ROUTES if not route.startswith("GET ")]
BODIES = [route for route in ROUTES if route.startswith("POST ") and route != "POST /live-ticket"]
"""Routes that read their body. A ticket needs none."""


def sent(route: str) -> dict[str, Any]:
    """Return a valid request to the route, about sources that do not exist."""
    parameters = {name: f"nobody-s-{name}" for name in ("item_id", "connection_id") if f"{{{name}}}" in route}
    return {"parameters": parameters, "body": _BODIES.get(route, {})}
