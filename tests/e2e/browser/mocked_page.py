"""Serve the built page with recorded answers of the API, so that each state of the page is reached at once."""

import json
import mimetypes
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Request, Route

from local.cloud import ROOT
from tests.e2e.browser import sample_portfolio

ORIGIN = "http://localhost"
_PAGE = ROOT / "frontend" / "page" / "dist"
_RECORDED = ROOT / "frontend" / "react" / "tests" / "recorded"
_LOCAL_PARTS = {"ok": True, "parts": {"plaid simulator": True, "snaptrade simulator": True}}
_INSTITUTIONS = [
    {"provider": "snaptrade", "broker": name.upper(), "name": name}
    for name in (
        "Alpaca",
        "Fidelity",
        "Interactive Brokers",
        "Questrade",
        "Schwab",
        "Vanguard Personal Advisor Services",
    )
]


def recorded(name: str) -> Any:  # noqa: ANN401 - JSON
    """Load a recorded answer: its status, headers and body."""
    return json.loads((_RECORDED / f"{name}.json").read_text("utf-8"))


def ok(body: object) -> dict[str, Any]:
    return {"status": 200, "headers": {"content-type": "application/json"}, "body": body}


@dataclass
class Answers:
    """The answer of each route of the API; None never answers, and an unknown route is not found."""

    routes: dict[str, Any] = field(default_factory=dict)

    def serve(self, context: BrowserContext) -> None:
        context.route(f"{ORIGIN}/**", self._answer)

    def _answer(self, route: Route, request: Request) -> None:
        path = request.url.removeprefix(ORIGIN).partition("?")[0]
        file = _PAGE / (path.strip("/") or "index.html")
        if file.is_file():
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), content_type=kind)
            return
        answer = self.routes.get(f"{request.method} {path}", recorded("no-such-route"))
        if answer is not None:
            route.fulfill(status=answer["status"], headers=answer["headers"], body=json.dumps(answer["body"]))


def signed_in() -> Answers:
    """Answer as for a user with holdings at two brokers and no new data."""
    answers = Answers()
    answers.routes["GET /_local/health"] = ok(_LOCAL_PARTS)
    for provider in ("plaid", "snaptrade"):
        answers.routes[f"GET /_local/simulators/{provider}/deliveries"] = ok({"deliveries": []})
    answers.routes |= {
        "GET /holdings": recorded("holdings"),
        "GET /pending-updates": recorded("pending-after-refresh"),
        "GET /connections": recorded("connections"),
        "POST /holdings/refresh": recorded("refresh-fresh"),
    }
    for connection in answers.routes["GET /connections"]["body"]["connections"]:
        connection |= {"pending": False, "last_fetched_at": "2026-11-24T13:38:11.258Z"}
    held = answers.routes["GET /holdings"]["body"]
    for name in ("GET /holdings", "POST /holdings/refresh"):
        sample_portfolio.extend(answers.routes[name]["body"])
    answers.routes |= {
        "GET /institutions": ok({"providers": ["plaid", "snaptrade"], "institutions": _INSTITUTIONS}),
        "GET /holdings/history": ok(
            sample_portfolio.history(answers.routes["GET /connections"]["body"]["connections"])
        ),
        "GET /holdings/changes": ok(sample_portfolio.change_sets(held)),
    }
    return answers


def many_holdings(count: int) -> Any:  # noqa: ANN401 - JSON
    """Repeat a recorded holding with other names and values."""
    answer = recorded("holdings")
    data = answer["body"]["holdings"]["portfolio_data"]
    template = data["holdings"][1]
    data["holdings"] = [
        deepcopy(template)
        | {"ticker": f"SIM{number:05}", "name": f"Simulated {number:,} Corporation", "value": number * 100 + 0.25}
        for number in range(count, 0, -1)
    ]
    return answer
