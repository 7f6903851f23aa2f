"""`tidings doctor`: what the world reaches, and what comes from it, each with something wrong."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App
from tests.support.drivers.doctor_findings import found, with_outputs, with_parameters, wrong
from tests.support.drivers.observed_state import World
from tests.support.fakes.clock import StoppedClock
from tidings_cli.deployment import Deployment


@pytest.mark.parametrize(
    ("status", "says"),
    [(503, "responds with 503"), (200, "accepts an unsigned webhook"), (404, "responds with 404 instead of 403")],
)
def test_a_webhook_address_that_answers_wrongly(stack: Deployment, outside: World, status: int, says: str) -> None:
    outside.statuses["/plaid"] = status
    one = wrong(stack, "webhooks")
    assert one.level == "problem"
    assert says in one.says


def test_a_webhook_address_where_nobody_is(stack: Deployment) -> None:
    gone = with_outputs(stack, PlaidWebhookUrl="http://127.0.0.1:1/")
    one = wrong(gone, "webhooks")
    assert "plaid: http://127.0.0.1:1/ does not respond" in one.says


def test_webhooks_open_to_everybody(stack: Deployment) -> None:
    assert (
        "unsigned webhooks are accepted"
        in wrong(with_parameters(stack, SnapTradeWebhookAuth="disabled"), "webhooks").says
    )


def test_a_base_address_of_its_own_is_tried_too(stack: Deployment, outside: World) -> None:
    own = with_parameters(stack, WebhookBaseUrl=outside.url)
    assert wrong(own, "webhooks").says == f"plaid: {outside.url}/plaid/webhook responds with 404 instead of 403"


def test_a_function_with_another_key(stack: Deployment, outside: World) -> None:
    genuine = outside.app
    assert genuine is not None
    outside.statuses["/snaptrade"] = 403
    assert "is rejected" in wrong(stack, "webhooks").says
    outside.statuses["/snaptrade"] = 502
    assert [one.says for one in found(stack, "webhooks")][-1] == "snaptrade: the response to a signed webhook is 502"


@pytest.mark.parametrize(("status", "says"), [(404, "is not found"), (500, "responds with 500 instead of 401")])
def test_an_api_that_answers_wrongly(stack: Deployment, outside: World, status: int, says: str) -> None:
    outside.statuses["/pending-updates"] = status
    assert says in wrong(stack, "api").says


def test_origins(stack: Deployment, outside: World) -> None:
    outside.origins = ()
    assert wrong(stack, "cors").says == f"{ORIGIN} is not allowed by the API"
    outside.origins = ("*",)
    assert wrong(stack, "cors").says == "any origin may call with a cookie"
    outside.origins = (ORIGIN,)
    assert "AllowedOrigins is empty" in wrong(with_parameters(stack, AllowedOrigins=""), "cors").says


def test_an_issuer(stack: Deployment, outside: World) -> None:
    issuer = f"{outside.url}/issuer"
    told = with_parameters(stack, OidcIssuer=issuer, OidcAudience="app")
    assert "has no OpenID configuration" in wrong(told, "sign-in").says
    document = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
    outside.documents["/issuer/.well-known/openid-configuration"] = document
    assert "publishes no keys" in wrong(told, "sign-in").says
    outside.documents["/issuer/keys"] = {"keys": [{"kid": "1"}]}
    assert [one.level for one in found(told, "sign-in")] == ["ok"]
    assert "OidcAudience is empty" in wrong(with_parameters(told, OidcAudience=""), "sign-in").says
    document["issuer"] = "https://another.example"
    assert "names itself 'https://another.example'" in wrong(told, "sign-in").says


def test_silence(stack: Deployment, app: App, stopped_clock: StoppedClock) -> None:
    linked = app.link(app.sign_in(), "snaptrade")
    assert [one.level for one in found(stack, "silence")] == ["ok"]
    stopped_clock.advance(5 * 24 * 3600)
    one = wrong(stack, "silence")
    assert one.says == "snaptrade: the last webhook arrived 5 d ago"
    assert stack.outputs["SnapTradeWebhookUrl"] in one.do
    assert linked.item_id not in f"{one}"


def test_our_own_webhook_does_not_break_the_silence(stack: Deployment, app: App, tables: Tables) -> None:
    app.link(app.sign_in(), "snaptrade")
    for row in tables.rows("WebhookEventsTable"):
        tables.dynamodb.delete_item(TableName="webhook-events", Key={"event": {"S": row["event"]}})
    assert {one.level for one in found(stack, "webhooks")} == {"ok"}
    assert wrong(stack, "silence").says == "snaptrade: no webhook has arrived yet"
