"""Which deployment a command loads, the environment that it sets, and the errors if there is none."""

import subprocess
import sys
from typing import Any
from unittest import mock

import pytest
from click.testing import CliRunner

from local.deployment import Deployment as LocalDeployment
from tests.support.aws.aws_calls import aws_error, intercept_calls, stub_response
from tests.support.aws.stack import PARAMETERS, ROOT, Stack
from tests.support.drivers.operator import Operator
from tidings import model
from tidings.aws import clients
from tidings_cli import deployment
from tidings_cli.deployment import Deployment, Resource
from tidings_cli.main import main

HEAVY = {"boto3", "botocore", "pydantic", "pynamodb", "rich", model.__name__, "urllib3"}


def load_template_deployment() -> Deployment:
    """Load template.yaml as a deployment whose physical ids are the logical ones."""
    local = LocalDeployment(ROOT / "template.yaml", PARAMETERS)
    resources = {name: Resource(one["Type"], name) for name, one in local.template["Resources"].items()}
    return Deployment("tidings", "us-east-1", "CREATE_COMPLETE", resources, local.described({})["parameters"], {})


def test_cli_sets_environment_of_functions(stack: Stack) -> None:
    variables = load_template_deployment().variables()
    function = stack.template["Resources"]["ConnectionsFunction"]["Properties"]["Environment"]["Variables"]
    for name, value in stack.resolve(function).items():
        if not name.startswith(("POWERTOOLS_", "PYDANTIC_", "METRICS_")) and name != "PLAID_WEBHOOK_URL":
            assert variables[name] == str(value).removesuffix(".Arn"), name


@pytest.fixture
def stack() -> Stack:
    return Stack.from_template()


def describe_stack(status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
    parameters = [{"ParameterKey": "AllowedOrigins", "ParameterValue": "https://a.example,https://b.example"}]
    outputs = [{"OutputKey": "ApiUrl", "OutputValue": "https://api.example/"}]
    return {"Stacks": [{"StackStatus": status, "Parameters": parameters, "Outputs": outputs}]}


def list_resources_except(*absent: str) -> dict[str, Any]:
    summaries = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": f"tidings-{name}",
            "ResourceType": one.kind,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for name, one in load_template_deployment().resources.items()
        if name not in absent
    ]
    return {"StackResourceSummaries": summaries}


def test_load_stack_reads_outputs_and_resources(operator: Operator) -> None:
    with (
        intercept_calls(stub_response("DescribeStacks", describe_stack()), "cloudformation"),
        intercept_calls(stub_response("ListStackResources", list_resources_except()), "cloudformation"),
    ):
        found = deployment.load_stack("tidings")
    assert (found.local, found.status, found.api_url) == (False, "UPDATE_COMPLETE", "https://api.example")
    assert found.allowed_origins == ["https://a.example", "https://b.example"]
    assert found.physical("PlaidSecret") == "tidings-PlaidSecret"
    assert "TasksQueue" in found.of_kind("AWS::SQS::Queue")


def test_load_stack_includes_nested_stack(operator: Operator) -> None:
    def summary(name: str, kind: str) -> dict[str, str]:
        physical = {"LogicalResourceId": name, "PhysicalResourceId": f"{name}-1", "ResourceType": kind}
        return {**physical, "ResourceStatus": "UPDATE_COMPLETE"}

    nested = {"StackResourceSummaries": [summary("ApiFailingAlarm", "AWS::CloudWatch::Alarm")]}
    asked: list[str] = []

    def list_resources(model: Any, params: dict[str, Any], **_: object) -> Any:  # noqa: ANN401
        if model.name != "ListStackResources":
            return None
        asked.append(params["body"]["StackName"])
        return stub_response("ListStackResources", nested if "Observability" in asked[-1] else list_resources_except())(
            model
        )

    with (
        intercept_calls(stub_response("DescribeStacks", describe_stack()), "cloudformation"),
        intercept_calls(list_resources, "cloudformation"),
    ):
        found = deployment.load_stack("tidings")
    assert asked == ["tidings", "tidings-Observability"]
    assert found.nested == {"Observability": "CREATE_COMPLETE"}
    assert found.physical("ApiFailingAlarm") == "ApiFailingAlarm-1"
    assert found.physical("PlaidSecret") == "tidings-PlaidSecret"


def run_items_list(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments, "items", "list"])
    return result.exit_code, result.stderr.splitlines()[-1]


def test_missing_or_foreign_stack_is_an_error(operator: Operator) -> None:
    gone = aws_error("ValidationError")
    with intercept_calls(stub_response("DescribeStacks", gone), "cloudformation"):
        assert run_items_list("--stack", "x") == (
            1,
            "Error: There is no stack x in us-east-1 of this account. Check --stack, --profile and --region.",
        )
    with (
        intercept_calls(stub_response("DescribeStacks", describe_stack()), "cloudformation"),
        intercept_calls(stub_response("ListStackResources", list_resources_except("HoldingsTable")), "cloudformation"),
    ):
        assert (
            run_items_list("--stack", "x")[1] == "Error: Stack x is not a Tidings deployment: it has no HoldingsTable."
        )


def test_aws_errors_are_one_line_each(operator: Operator) -> None:
    with intercept_calls(stub_response("DescribeStacks", aws_error("AccessDenied")), "cloudformation"):
        assert run_items_list("--stack", "x")[1].startswith(
            "Error: AWS denied access: AccessDenied. docs/operations.md"
        )
    with intercept_calls(stub_response("Scan", aws_error("AccessDeniedException"))):
        denied = operator.run("items", "list")
    assert (denied.code, denied.out) == (1, "")
    assert denied.err == (
        "Error: AWS denied access: AccessDeniedException. docs/operations.md lists what each command needs.\n"
    )
    with intercept_calls(stub_response("Scan", aws_error("ProvisionedThroughputExceededException"))):
        assert operator.run("items", "list").err.startswith("Error: AWS responded with ProvisionedThroughputExceeded")


@pytest.mark.parametrize("arguments", [(), ("--local", "--stack", "x")])
def test_command_without_deployment_is_usage_error(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDINGS_STACK", raising=False)
    code, line = run_items_list(*arguments)
    assert code == 2
    assert line == "Error: Say which deployment: --stack NAME or --local."


@pytest.mark.parametrize(("region", "says"), [("eu-west-9", "There is no stack x in eu-west-9"), ("", "No AWS region")])
def test_region_is_that_of_aws_cli(operator: Operator, monkeypatch: pytest.MonkeyPatch, region: str, says: str) -> None:
    gone = stub_response("DescribeStacks", aws_error("ValidationError"))
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    clients.reset_clients()
    try:
        with mock.patch.object(clients, "aws_client", create_hooked_client(gone)):
            assert run_items_list("--stack", "x")[1].startswith(f"Error: {says}")
    finally:
        clients.reset_clients()


def create_hooked_client(hook: Any) -> Any:  # noqa: ANN401
    """Create clients whose calls return the hook's response."""
    genuine = clients.aws_client

    def client(service: str) -> Any:  # noqa: ANN401
        made = genuine(service)
        made.meta.events.register_first(f"before-call.{service}", hook)
        return made

    return client


def test_help_loads_no_slow_modules() -> None:
    script = f"import sys, tidings_cli.main; print(sorted(set({sorted(HEAVY)!r}) & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
