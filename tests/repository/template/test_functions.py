from importlib import import_module

import pytest

from tests.support.aws.references import referenced_names
from tests.support.aws.stack import ROOT, Stack
from tidings import tasks
from tidings.connections import plaid, plaid_exchange, snaptrade, snaptrade_secret

FUNCTIONS = {
    "WebhookPlaidFunction": "functions.webhook_plaid.handler",
    "WebhookSnapTradeFunction": "functions.webhook_snaptrade.handler",
    "TasksFunction": "functions.tasks.handler",
    "DeferredWebhooksFunction": "functions.deferred_webhooks.handler",
    "ReconcileFunction": "functions.reconcile.handler",
    "ExchangeRatesFunction": "functions.exchange_rates.handler",
    "AnnounceFunction": "functions.announce.handler",
    "NotifyFunction": "functions.notify.handler",
    "LiveTicketFunction": "functions.live_ticket.handler",
    "LiveAuthorizerFunction": "functions.live_authorizer.handler",
    "PendingFunction": "functions.pending.handler",
    "HoldingsFunction": "functions.holdings.read",
    "RefreshFunction": "functions.holdings.refresh",
    "ConnectionsFunction": "functions.connections.handler",
}
API_WAITS_S = 30


def test_template_functions_have_expected_handlers(stack: Stack) -> None:
    deployed = {}
    for name, function in stack.resources_of_type("AWS::Lambda::Function").items():
        properties = function["Properties"]
        module, _, attribute = properties["Handler"].rpartition(".")
        assert attribute == "lambda_handler"
        deployed[name] = f"{properties['Code']['S3Key']}.{module}".replace("/", ".")
    assert deployed == FUNCTIONS


def test_every_caller_names_the_alias(stack: Stack) -> None:
    """Only versions, aliases and alarms are about the function itself: what calls it must follow the alias."""
    about_functions = {
        *("AWS::Lambda::Version", "AWS::Lambda::Alias"),
        *("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::CloudFormation::Stack"),
    }
    direct, through_alias = set(), set()
    for name, resource in stack.template["Resources"].items():
        referenced = set(referenced_names(resource))
        through_alias |= {(resource["Type"], one) for one in referenced if one.endswith("Aliaslive")}
        if resource["Type"] not in about_functions and referenced & FUNCTIONS.keys():
            direct.add(name)
    assert direct == set()
    callers = {kind for kind, _ in through_alias}
    assert callers == {
        *("AWS::ApiGatewayV2::Api", "AWS::Events::Rule", "AWS::Lambda::EventSourceMapping"),
        *("AWS::Lambda::Permission", "AWS::Lambda::Url", "AWS::AppSync::Api"),
    }
    assert {alias.removesuffix("Aliaslive") for _, alias in through_alias} == FUNCTIONS.keys()


@pytest.mark.parametrize("module", FUNCTIONS.values())
def test_handler_module_defines_one_callable_of_its_own(module: str) -> None:
    """A handler only connects its event source to a feature: whatever else it holds, it imported."""
    handler = import_module(module)
    assert callable(handler.lambda_handler)
    functions = {name for name, value in vars(handler).items() if getattr(value, "__module__", None) == module}
    assert functions <= {"lambda_handler"}


def test_api_function_times_out_before_the_api(stack: Stack) -> None:
    limits = {
        name: one["Properties"]["Timeout"] for name, one in stack.resources_of_type("AWS::Lambda::Function").items()
    }
    for without_a_caller in (
        *("TasksFunction", "DeferredWebhooksFunction", "ReconcileFunction", "ExchangeRatesFunction"),
        *("AnnounceFunction", "NotifyFunction", "LiveAuthorizerFunction"),
    ):
        limits.pop(without_a_caller)
    assert max(limits.values()) < API_WAITS_S
    assert {name for name, limit in limits.items() if limit > 15} == {"RefreshFunction", "ConnectionsFunction"}


def test_all_functions_share_runtime_settings(stack: Stack) -> None:
    (layer,) = stack.resources_of_type("AWS::Lambda::LayerVersion")
    for function in stack.resources_of_type("AWS::Lambda::Function").values():
        properties = function["Properties"]
        assert properties["Runtime"] == "python3.13"
        assert stack.resolve(properties["Layers"]) == [layer]


@pytest.mark.parametrize(("tracing", "mode"), [("off", "PassThrough"), ("on", "Active")])
def test_functions_are_traced_only_on_request(tracing: str, mode: str) -> None:
    stack = Stack.from_template(Tracing=tracing)
    for function in stack.resources_of_type("AWS::Lambda::Function").values():
        assert stack.resolve(function["Properties"]["TracingConfig"]) == {"Mode": mode}
    assert Stack.from_template().parameters["Tracing"] == "off"


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_functions_layer_and_build_have_one_architecture(architecture: str) -> None:
    stack = Stack.from_template(Architecture=architecture)
    for function in stack.resources_of_type("AWS::Lambda::Function").values():
        assert stack.resolve(function["Properties"]["Architectures"]) == [architecture]
    for layer in stack.resources_of_type("AWS::Lambda::LayerVersion").values():
        assert stack.resolve(layer["Properties"]["CompatibleArchitectures"]) == [architecture]
    build = stack.resolve(stack.source["Resources"]["CommonLayer"]["Metadata"])
    assert build["BuildArchitecture"] == architecture
    assert (ROOT / build["ContextPath"] / "Makefile").is_file()


def test_arm64_is_the_default(stack: Stack) -> None:
    assert stack.parameters["Architecture"] == "arm64"


def test_logs_are_structured_and_expire(stack: Stack) -> None:
    groups = stack.resources_of_type("AWS::Logs::LogGroup")
    used = set()
    for function in stack.resources_of_type("AWS::Lambda::Function").values():
        logging = stack.resolve(function["Properties"]["LoggingConfig"])
        assert logging["LogFormat"] == "JSON"
        used.add(logging["LogGroup"])
    assert used == set(groups) - {"ApiLogs"}
    assert len(used) == len(FUNCTIONS), "one each"
    assert {stack.resolve(group["Properties"]["RetentionInDays"]) for group in groups.values()} == {"30"}


def test_only_frequent_functions_leave_out_lambdas_lines_of_success(stack: Stack) -> None:
    """Webhooks, refreshes and changes of connections keep their report lines: few, and useful."""
    functions = stack.resources_of_type("AWS::Lambda::Function")
    levels = {name: one["Properties"]["LoggingConfig"].get("SystemLogLevel") for name, one in functions.items()}
    quiet = {
        *("PendingFunction", "HoldingsFunction", "ReconcileFunction", "AnnounceFunction", "NotifyFunction"),
        *("LiveTicketFunction", "LiveAuthorizerFunction"),
    }
    assert {name for name, level in levels.items() if level == "WARN"} == quiet
    assert set(levels.values()) == {None, "WARN"}


def test_function_service_names_are_unique(stack: Stack) -> None:
    services = {
        stack.resolve(function["Properties"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"])
        for function in stack.resources_of_type("AWS::Lambda::Function").values()
    }
    assert len(services) == len(FUNCTIONS)
    assert all(service.startswith("tidings-local-") for service in services), "two stacks' metrics stay apart"


def test_reserved_concurrency_is_unset_by_default(stack: Stack) -> None:
    limited = Stack.from_template(WebhookReservedConcurrency="5")
    for name, function in stack.resources_of_type("AWS::Lambda::Function").items():
        assert "ReservedConcurrentExecutions" not in stack.resolve(function["Properties"])
        properties = limited.resolve(limited.template["Resources"][name]["Properties"])
        assert ("ReservedConcurrentExecutions" in properties) == name.startswith("Webhook")


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, "WebhookPlaidFunctionUrl.FunctionUrl"),
        ({"WebhookBaseUrl": "https://hooks.example.com"}, "https://hooks.example.com/plaid/webhook"),
    ],
)
def test_link_tokens_carry_the_webhook_address(overrides: dict[str, str], expected: str) -> None:
    stack = Stack.from_template(**overrides)
    environment = stack.template["Resources"]["ConnectionsFunction"]["Properties"]["Environment"]["Variables"]
    assert stack.resolve(environment["PLAID_WEBHOOK_URL"]) == expected


AFTER_EXCHANGE_S = (
    plaid_exchange.STORE_S  # the link fails
    + 2 * plaid_exchange.SHORT_WRITE_S  # the lease cannot be given up, and no read says that the item is linked
    + plaid_exchange.END_S
    + plaid_exchange.SHORT_WRITE_S  # what became of it
)
AFTER_REGISTRATION_S = snaptrade_secret.STORE_S + snaptrade_secret.GIVE_UP_S + snaptrade_secret.DELETE_S
_BEFORE_S, _SLACK_S = 1.0, 1.0
"""For what precedes the call, and for the response."""


@pytest.mark.parametrize(
    ("function", "steps_s"),
    [
        ("ConnectionsFunction", plaid.EXCHANGE_UNTIL_S + AFTER_EXCHANGE_S),
        ("TasksFunction", tasks.COMPLETION_TIMEOUT_S + AFTER_EXCHANGE_S),
        (
            "ConnectionsFunction",
            snaptrade.TIMEOUT_S - snaptrade_secret.REGISTER_BEFORE_END_S + AFTER_REGISTRATION_S,
        ),
    ],
)
def test_credential_in_hand_is_settled_before_the_function_ends(stack: Stack, function: str, steps_s: float) -> None:
    """A function that ends in between loses what the provider gives away once."""
    properties = stack.resolve(stack.template["Resources"][function]["Properties"])
    assert _BEFORE_S + steps_s + _SLACK_S <= properties["Timeout"]


def test_exchange_begins_in_time_after_waiting_for_another() -> None:
    assert plaid_exchange.MAX_WAIT_S + plaid_exchange.LEAST_EXCHANGE_S <= plaid.EXCHANGE_UNTIL_S
