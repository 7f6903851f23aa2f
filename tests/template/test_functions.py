import re

import pytest

from tests.support.stack import ROOT, Stack

FUNCTIONS = {
    "WebhookPlaidFunction": "functions/webhook_plaid/handler.py",
    "WebhookSnapTradeFunction": "functions/webhook_snaptrade/handler.py",
    "TasksFunction": "functions/tasks/handler.py",
    "DeferredWebhooksFunction": "functions/deferred_webhooks/handler.py",
    "ReconcileFunction": "functions/reconcile/handler.py",
    "PendingFunction": "functions/pending/handler.py",
    "HoldingsFunction": "functions/holdings/read.py",
    "RefreshFunction": "functions/holdings/refresh.py",
    "ConnectionsFunction": "functions/connections/handler.py",
}
API_WAITS_S = 30


def test_the_functions_and_their_handlers(stack: Stack) -> None:
    deployed = {}
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        properties = function["Properties"]
        module, _, attribute = properties["Handler"].rpartition(".")
        assert attribute == "lambda_handler"
        deployed[name] = f"{properties['Code']['S3Key']}/{module}.py"
    assert deployed == FUNCTIONS


@pytest.mark.parametrize("path", FUNCTIONS.values())
def test_a_handler_is_thin_and_imports_only_tidings(path: str) -> None:
    source = (ROOT / path).read_text("utf-8")
    imported = re.findall(r"^\s*(?:from|import)\s+(\w+)", source, re.MULTILINE)
    assert "def lambda_handler" in source or "lambda_handler =" in source
    assert set(imported) == {"tidings"}
    assert len(source.splitlines()) <= 15


def test_every_function_of_the_api_ends_before_the_api_gives_up(stack: Stack) -> None:
    limits = {name: one["Properties"]["Timeout"] for name, one in stack.of_type("AWS::Lambda::Function").items()}
    for of_a_queue in ("TasksFunction", "DeferredWebhooksFunction", "ReconcileFunction"):
        limits.pop(of_a_queue)
    assert max(limits.values()) < API_WAITS_S
    assert {name for name, limit in limits.items() if limit > 15} == {"RefreshFunction", "ConnectionsFunction"}


def test_what_all_functions_share(stack: Stack) -> None:
    (layer,) = stack.of_type("AWS::Lambda::LayerVersion")
    for function in stack.of_type("AWS::Lambda::Function").values():
        properties = function["Properties"]
        assert properties["Runtime"] == "python3.13"
        assert properties["TracingConfig"] == {"Mode": "Active"}
        assert stack.resolve(properties["Layers"]) == [layer]


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_functions_layer_and_build_agree_on_the_architecture(architecture: str) -> None:
    stack = Stack.translated(Architecture=architecture)
    for function in stack.of_type("AWS::Lambda::Function").values():
        assert stack.resolve(function["Properties"]["Architectures"]) == [architecture]
    for layer in stack.of_type("AWS::Lambda::LayerVersion").values():
        assert stack.resolve(layer["Properties"]["CompatibleArchitectures"]) == [architecture]
    build = stack.resolve(stack.source["Resources"]["CommonLayer"]["Metadata"])
    assert build["BuildArchitecture"] == architecture
    assert (ROOT / build["ContextPath"] / "Makefile").is_file()


def test_arm64_is_the_default(stack: Stack) -> None:
    assert stack.parameters["Architecture"] == "arm64"


def test_logs_are_structured_and_expire(stack: Stack) -> None:
    groups = stack.of_type("AWS::Logs::LogGroup")
    used = set()
    for function in stack.of_type("AWS::Lambda::Function").values():
        logging = stack.resolve(function["Properties"]["LoggingConfig"])
        assert logging["LogFormat"] == "JSON"
        used.add(logging["LogGroup"])
    assert used == set(groups) - {"ApiLogs"}
    assert len(used) == len(FUNCTIONS), "one each"
    assert {stack.resolve(group["Properties"]["RetentionInDays"]) for group in groups.values()} == {"30"}


def test_every_function_has_a_name_of_its_own_in_logs_and_metrics(stack: Stack) -> None:
    services = {
        stack.resolve(function["Properties"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"])
        for function in stack.of_type("AWS::Lambda::Function").values()
    }
    assert len(services) == len(FUNCTIONS)
    assert all(service.startswith("tidings-local-") for service in services), "two stacks' metrics stay apart"


def test_reserved_concurrency_is_unset_unless_asked_for(stack: Stack) -> None:
    limited = Stack.translated(WebhookReservedConcurrency="5")
    for name, function in stack.of_type("AWS::Lambda::Function").items():
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
    stack = Stack.translated(**overrides)
    environment = stack.template["Resources"]["ConnectionsFunction"]["Properties"]["Environment"]["Variables"]
    assert stack.resolve(environment["PLAID_WEBHOOK_URL"]) == expected
