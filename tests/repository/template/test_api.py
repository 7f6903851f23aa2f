import json
import re

import pytest

from tests.support.aws.stack import Stack

ROUTES = {
    "POST /plaid/webhook": "WebhookPlaidFunction",
    "POST /api/snaptrade/webhook": "WebhookSnapTradeFunction",
    "GET /plaid/pending-updates": "PendingFunction",
    "GET /api/snaptrade/pending-updates": "PendingFunction",
    "GET /pending-updates": "PendingFunction",
    "GET /plaid/holdings": "HoldingsFunction",
    "GET /api/snaptrade/holdings": "HoldingsFunction",
    "GET /holdings": "HoldingsFunction",
    "GET /holdings/history": "HoldingsFunction",
    "GET /holdings/changes": "HoldingsFunction",
    "GET /plaid/holdings/refresh": "PendingFunction",
    "GET /api/snaptrade/holdings/refresh": "PendingFunction",
    "GET /holdings/refresh": "PendingFunction",
    "POST /plaid/holdings/refresh": "RefreshFunction",
    "POST /api/snaptrade/holdings/refresh": "RefreshFunction",
    "POST /holdings/refresh": "RefreshFunction",
    "POST /live-ticket": "LiveTicketFunction",
    "GET /connections": "ConnectionsFunction",
    "DELETE /connections": "ConnectionsFunction",
    "POST /plaid/create-connection-url": "ConnectionsFunction",
    "POST /plaid/complete-connection": "ConnectionsFunction",
    "POST /plaid/exchange-public-token": "ConnectionsFunction",
    "DELETE /plaid/items/{item_id}": "ConnectionsFunction",
    "POST /api/snaptrade/create-connection-url": "ConnectionsFunction",
    "DELETE /api/snaptrade/connections/{connection_id}": "ConnectionsFunction",
}
WEBHOOKS = {"WebhookPlaidFunctionAliaslive", "WebhookSnapTradeFunctionAliaslive"}


def test_template_has_expected_routes(stack: Stack) -> None:
    paths = stack.template["Resources"]["TidingsApi"]["Properties"]["Body"]["paths"]
    routes = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            integration = operation["x-amazon-apigateway-integration"]
            assert integration["payloadFormatVersion"] == "2.0"
            routes[f"{method.upper()} {path}"] = re.findall(r"/functions/\$\{(.+?)\}/", json.dumps(integration))
    assert routes == {route: [f"{function}Aliaslive"] for route, function in ROUTES.items()}


def test_api_may_invoke_only_its_route_functions(stack: Stack) -> None:
    allowed = {}
    for permission in stack.resources_of_type("AWS::Lambda::Permission").values():
        properties = stack.resolve(permission["Properties"])
        if properties["Principal"] == "apigateway.amazonaws.com":
            _, _, method, path = properties["SourceArn"].split("/", 3)
            allowed[f"{method} /{path}"] = properties["FunctionName"]
    assert allowed == {re.sub(r"\{\w+\}", "*", route): f"{function}Aliaslive" for route, function in ROUTES.items()}


def test_cors_allows_cookies_from_configured_origins_only() -> None:
    stack = Stack.from_template(AllowedOrigins="https://a.example.com,https://b.example.com")
    cors = stack.resolve(stack.template["Resources"]["TidingsApi"]["Properties"]["Body"]["x-amazon-apigateway-cors"])
    assert cors == {
        "allowCredentials": True,
        "allowOrigins": ["https://a.example.com", "https://b.example.com"],
        "allowMethods": ["GET", "POST", "DELETE"],
        "allowHeaders": ["content-type", "authorization", "if-none-match"],
        "exposeHeaders": ["retry-after", "etag", "date"],
        "maxAge": 600,
    }


def test_only_webhooks_have_function_urls(stack: Stack) -> None:
    urls = [stack.resolve(url["Properties"]) for url in stack.resources_of_type("AWS::Lambda::Url").values()]
    assert {url["TargetFunctionArn"] for url in urls} == WEBHOOKS
    assert {url["AuthType"] for url in urls} == {"NONE"}
    assert not any("Cors" in url for url in urls)


def test_function_urls_have_both_permissions_and_nothing_else_is_public(stack: Stack) -> None:
    public = [
        properties
        for permission in stack.resources_of_type("AWS::Lambda::Permission").values()
        if (properties := stack.resolve(permission["Properties"]))["Principal"] == "*"
    ]
    by_url = {one["FunctionName"] for one in public if one.get("FunctionUrlAuthType") == "NONE"}
    by_invocation = {one["FunctionName"] for one in public if one.get("InvokedViaFunctionUrl") is True}
    assert by_url == by_invocation == WEBHOOKS
    assert {one["Action"] for one in public} == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert len(public) == 2 * len(WEBHOOKS)


@pytest.mark.threat(id="repudiation")
def test_api_stage_is_throttled_and_logs_no_secrets(stack: Stack) -> None:
    (stage,) = stack.resources_of_type("AWS::ApiGatewayV2::Stage").values()
    properties = stack.resolve(stage["Properties"])
    assert properties["DefaultRouteSettings"] == {"ThrottlingRateLimit": "200", "ThrottlingBurstLimit": "400"}
    webhooks = {route for route, function in ROUTES.items() if f"{function}Aliaslive" in WEBHOOKS}
    assert properties["RouteSettings"].keys() == webhooks, "an update fails if a route with settings is renamed"
    limits = {"ThrottlingRateLimit": "200", "ThrottlingBurstLimit": "400"}
    assert list(properties["RouteSettings"].values()) == [limits, limits]
    assert properties["AccessLogSettings"]["DestinationArn"] == "ApiLogs.Arn"
    line = properties["AccessLogSettings"]["Format"]
    assert json.loads(line).keys() == {
        "service",
        "request_id",
        "route",
        "status",
        "integration_status",
        "ms",
        "address",
        "integration_error",
    }
    assert "authorizer" not in line
    assert "$context.path" not in line, "a path holds an item's id; the route does not"


def test_webhook_routes_have_their_own_throttle() -> None:
    stack = Stack.from_template(WebhookRequestsPerSecond="50", WebhookBurst="60", ApiRequestsPerSecond="10")
    (stage,) = stack.resources_of_type("AWS::ApiGatewayV2::Stage").values()
    properties = stack.resolve(stage["Properties"])
    assert properties["DefaultRouteSettings"]["ThrottlingRateLimit"] == "10"
    limits = {"ThrottlingRateLimit": "50", "ThrottlingBurstLimit": "60"}
    assert list(properties["RouteSettings"].values()) == [limits, limits]


def test_custom_domain_is_optional(stack: Stack) -> None:
    kinds = ["AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping", "AWS::Route53::RecordSet"]
    conditions = {kind: [one["Condition"] for one in stack.resources_of_type(kind).values()] for kind in kinds}
    assert conditions == {kinds[0]: ["HasDomain"], kinds[1]: ["HasDomain"], kinds[2]: ["HasDnsRecord"]}
    assert stack.resolve(stack.template["Outputs"]["ApiUrl"]["Value"]) == "TidingsApi.ApiEndpoint"
    with_domain = Stack.from_template(
        DomainName="api.example.com", CertificateArn="arn:aws:acm:us-east-1:123456789012:certificate/1-2"
    )
    assert with_domain.resolve(with_domain.template["Outputs"]["ApiUrl"]["Value"]) == "https://api.example.com"
