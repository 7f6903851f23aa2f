"""No log line, metric or response contains a token, secret, cookie, e-mail or body (I9)."""

from typing import Any

import pytest

from tests.support.aws.deployment_secrets import CONFIGURED
from tests.support.drivers.api_calls import ApiResponse
from tests.support.drivers.app import App, LinkedSource
from tests.support.drivers.loopback import loopback
from tests.support.drivers.output import Output
from tests.support.fakes.clock import StoppedClock


class ResponseRecorder:
    """Records every response of the app."""

    def __init__(self, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        request = app.request

        def keep(*args: Any, **kwargs: Any) -> ApiResponse:  # noqa: ANN401
            answered = request(*args, **kwargs)
            self.texts.append(repr(answered.headers) + answered.text)
            return answered

        monkeypatch.setattr(app, "request", keep)


@pytest.fixture
def responses(app: App, monkeypatch: pytest.MonkeyPatch) -> ResponseRecorder:
    return ResponseRecorder(app, monkeypatch)


def collect_secrets(app: App, item: LinkedSource, connection: LinkedSource, cookie: str) -> dict[str, str]:
    users = loopback.get(f"{app.providers.snaptrade_url}/_sim/users").json()["users"]
    return {
        "access token": app.providers.plaid_simulator.state["items"][item.item_id]["access_token"],
        "user secret": next(one["user_secret"] for one in users if one["user_id"] == connection.item_id),
        "plaid secret": CONFIGURED["plaid"]["secret"],
        "consumer key": CONFIGURED["snaptrade"]["consumer_key"],
        "webhook secret": "sim-snaptrade-webhook-secret",
        "cookie": cookie,
        "e-mail": app.email(),
        "half the e-mail": app.email().partition("@")[0],
    }


@pytest.mark.invariant(id="I9")
@pytest.mark.threat(id="leaked-secret")
def test_secrets_stay_out_of_logs_and_responses_in_all_flows(
    app: App, responses: ResponseRecorder, output: Output, stopped_clock: StoppedClock
) -> None:
    cookie = app.sign_in()
    item, connection = app.link(cookie, "plaid"), app.link(cookie, "snaptrade")
    secrets = collect_secrets(app, item, connection, cookie)
    run_successful_flows(app, cookie, item, connection)
    stopped_clock.advance(61)
    run_failing_flows(app, cookie, item, connection)
    app.request("DELETE /connections", cookie)
    written = output.text
    assert len(output.lines) > 30
    for name, secret in secrets.items():
        assert secret not in written, f"{name} in the log"
        assert not [text for text in responses.texts if secret in text], f"{name} in an answer"
    for token in ("public-sandbox-", "access-sandbox-", "userSecret", "Traceback"):
        assert token not in written
        assert not [text for text in responses.texts if token in text]
    assert "link-sandbox-" not in written


def run_successful_flows(app: App, cookie: str, item: LinkedSource, connection: LinkedSource) -> None:
    for linked in (item, connection):
        app.trade(linked)
        for variant in ("forged", "tampered", "stale", "unsigned", "replay"):
            app.send_webhook(linked, variant=variant)
    app.refresh(cookie)
    app.refresh(cookie)
    app.holdings(cookie)
    app.pending(cookie)
    made = app.request("POST /plaid/create-connection-url", cookie, body={}).json
    app.providers.plaid_hosted_link(made["connection_url"])
    app.request("POST /plaid/complete-connection", cookie, body={"link_token": made["link_token"]})


def run_failing_flows(app: App, cookie: str, item: LinkedSource, connection: LinkedSource) -> None:
    """Fail every provider call with an error that quotes its request; then send invalid bodies."""
    quoting = {"error_code": "SECRET", "error_message": app.email(), "detail": "sim-plaid-secret userSecret"}
    for path in ("/item", "/investments", "/link"):
        app.providers.plaid("faults", path=path, kind="status", status=400, body=quoting)
    for path in ("/snapTrade", "/authorizations", "/connection"):
        app.providers.snaptrade("faults", path=path, kind="status", status=401, body=quoting)
    app.refresh(cookie)
    for linked in (item, connection):
        app.send_webhook(linked, extra={"note": app.email(), "secret": "sim-plaid-secret"})
    app.request("POST /plaid/exchange-public-token", cookie, body={"public_token": "public-sandbox-of-nobody"})
    app.request("POST /api/snaptrade/create-connection-url", cookie, body={})
    app.request("POST /plaid/create-connection-url", cookie, raw=f"{{'{app.email()}'".encode())
    app.request("GET /connections", f"{cookie}x")
    app.providers.reset()


@pytest.mark.threat(id="leaked-internals")
def test_internal_error_is_500_without_its_text(app: App, output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIN_CURRENCY")
    answered = app.request("GET /holdings", app.sign_in())
    assert (answered.status, answered.json["type"]) == (500, "urn:tidings:problem:internal")
    assert "MAIN_CURRENCY" not in answered.text
    [line] = output.lines_with_message("failed")
    assert "MAIN_CURRENCY" not in repr(line)
    assert line["error"] == "MissingSetting"
    assert output.metric_sum("Failed") == 1


@pytest.mark.threat(id="repudiation")
def test_rejected_request_is_logged_with_reason_and_counted(app: App, output: Output) -> None:
    [caught] = app.providers.capture_webhooks("snaptrade", user_id="nobody's", variant="forged")
    app.deliver("snaptrade", caught)
    [line] = output.lines_with_message("refused")
    assert (line["status"], line["problem"], line["reason"]) == (403, "invalid-signature", "signature")
    assert line["provider"] == "snaptrade"
    assert output.metric_sum("Refused", problem="invalid-signature") == 1


def test_log_context_ends_with_its_request(app: App, output: Output) -> None:
    app.request("GET /connections", app.sign_in())
    app.request("GET /connections", "nobody's")
    [line] = output.lines_with_message("refused")
    assert "user_id" not in line
    assert line["request_id"] == "test-request"
