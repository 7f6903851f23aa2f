"""`tidings doctor`: public addresses and arriving webhooks, each with a fault."""

import pytest

from tests.support.aws.tables import Tables
from tests.support.drivers.api_calls import ORIGIN
from tests.support.drivers.app import App
from tests.support.drivers.doctor_findings import findings_of_check, only_problem, with_outputs, with_parameters
from tests.support.drivers.public_endpoints import ObservedDeployment
from tests.support.fakes.clock import StoppedClock
from tidings_cli.deployment import Deployment


@pytest.mark.parametrize(
    ("status", "says"),
    [(503, "responds with 503"), (200, "accepts an unsigned webhook"), (404, "responds with 404 instead of 403")],
)
def test_wrong_webhook_response_is_a_problem(
    stack: Deployment, healthy_world: ObservedDeployment, status: int, says: str
) -> None:
    healthy_world.statuses["/plaid"] = status
    one = only_problem(stack, "webhooks")
    assert one.level == "problem"
    assert says in one.says


def test_unreachable_webhook_url_is_reported(stack: Deployment) -> None:
    gone = with_outputs(stack, PlaidWebhookUrl="http://127.0.0.1:1/")
    one = only_problem(gone, "webhooks")
    assert "plaid: http://127.0.0.1:1/ does not respond" in one.says


def test_disabled_webhook_verification_is_reported(stack: Deployment) -> None:
    assert (
        "unsigned webhooks are accepted"
        in only_problem(with_parameters(stack, SnapTradeWebhookAuth="disabled"), "webhooks").says
    )


def test_custom_webhook_base_url_is_checked(stack: Deployment, healthy_world: ObservedDeployment) -> None:
    own = with_parameters(stack, WebhookBaseUrl=healthy_world.url)
    assert (
        only_problem(own, "webhooks").says
        == f"plaid: {healthy_world.url}/plaid/webhook responds with 404 instead of 403"
    )


def test_rejected_signed_webhook_is_reported(stack: Deployment, healthy_world: ObservedDeployment) -> None:
    genuine = healthy_world.app
    assert genuine is not None
    healthy_world.statuses["/snaptrade"] = 403
    assert "is rejected" in only_problem(stack, "webhooks").says
    healthy_world.statuses["/snaptrade"] = 502
    assert [one.says for one in findings_of_check(stack, "webhooks")][
        -1
    ] == "snaptrade: the response to a signed webhook is 502"


@pytest.mark.parametrize(("status", "says"), [(404, "is not found"), (500, "responds with 500 instead of 401")])
def test_wrong_api_response_is_reported(
    stack: Deployment, healthy_world: ObservedDeployment, status: int, says: str
) -> None:
    healthy_world.statuses["/pending-updates"] = status
    assert says in only_problem(stack, "api").says


def test_wrong_cors_origins_are_reported(stack: Deployment, healthy_world: ObservedDeployment) -> None:
    healthy_world.origins = ()
    assert only_problem(stack, "cors").says == f"{ORIGIN} is not allowed by the API"
    healthy_world.origins = ("*",)
    assert only_problem(stack, "cors").says == "any origin may call with a cookie"
    healthy_world.origins = (ORIGIN,)
    assert "AllowedOrigins is empty" in only_problem(with_parameters(stack, AllowedOrigins=""), "cors").says


def test_wrong_issuer_configuration_is_reported(stack: Deployment, healthy_world: ObservedDeployment) -> None:
    issuer = f"{healthy_world.url}/issuer"
    told = with_parameters(stack, OidcIssuer=issuer, OidcAudience="app")
    assert "has no OpenID configuration" in only_problem(told, "sign-in").says
    document = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
    healthy_world.documents["/issuer/.well-known/openid-configuration"] = document
    assert "publishes no keys" in only_problem(told, "sign-in").says
    healthy_world.documents["/issuer/keys"] = {"keys": [{"kid": "1"}]}
    assert [one.level for one in findings_of_check(told, "sign-in")] == ["ok"]
    assert "OidcAudience is empty" in only_problem(with_parameters(told, OidcAudience=""), "sign-in").says
    document["issuer"] = "https://another.example"
    assert "names itself 'https://another.example'" in only_problem(told, "sign-in").says


def test_provider_without_recent_webhooks_is_reported(stack: Deployment, app: App, stopped_clock: StoppedClock) -> None:
    linked = app.link(app.sign_in(), "snaptrade")
    assert [one.level for one in findings_of_check(stack, "silence")] == ["ok"]
    stopped_clock.advance(5 * 24 * 3600)
    one = only_problem(stack, "silence")
    assert one.says == "snaptrade: the last webhook arrived 5 d ago"
    assert stack.outputs["SnapTradeWebhookUrl"] in one.do
    assert linked.item_id not in f"{one}"


def test_doctor_probe_does_not_count_as_webhook(stack: Deployment, app: App, tables: Tables) -> None:
    app.link(app.sign_in(), "snaptrade")
    for row in tables.rows("WebhookEventsTable"):
        tables.dynamodb.delete_item(TableName="webhook-events", Key={"event": {"S": row["event"]}})
    assert {one.level for one in findings_of_check(stack, "webhooks")} == {"ok"}
    assert only_problem(stack, "silence").says == "snaptrade: no webhook has arrived yet"
