"""Behind a stage name or a base path, the path of a request differs from its route: only the route key is reliable."""

import pytest

from tests.support.drivers.api_calls import call, gateway_event
from tests.support.drivers.app import App, load_handler

PREFIXES = ["", "/prod", "/v1/portfolio"]


def send(route: str, prefix: str, cookie: str) -> dict[str, object]:
    request = gateway_event(route, cookie=cookie)
    path = prefix + request["rawPath"]
    request |= {"rawPath": path, "requestContext": {"http": {"method": route.split()[0], "path": path}}}
    response = call(load_handler(route), request)
    assert response.status == 200, response.text
    body: dict[str, object] = response.json
    return body


@pytest.mark.parametrize("prefix", PREFIXES)
def test_pending_route_of_one_provider_returns_that_provider_behind_stage(app: App, prefix: str) -> None:
    cookie = app.sign_in()
    app.link_plaid(cookie)
    assert send("GET /plaid/pending-updates", prefix, cookie)["has_pending_updates"] is True
    assert send("GET /api/snaptrade/pending-updates", prefix, cookie)["has_pending_updates"] is False
    assert "providers" in send("GET /pending-updates", prefix, cookie)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_paid_refresh_status_is_served_on_its_route_behind_stage(app: App, prefix: str) -> None:
    status = send("GET /plaid/holdings/refresh", prefix, app.sign_in())
    assert status["status"] == "idle"
