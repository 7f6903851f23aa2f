"""`tidings teardown --delete-stack` deletes the stack once nothing is connected at the providers."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from tests.integration.cli.teardown.provider_connections import DELETE, REMOVE, is_disconnected
from tests.support.aws.aws_calls import OperationRecorder, aws_error, intercept_calls, stub_response
from tests.support.drivers.app import App
from tests.support.drivers.operator import STACK, Operator
from tidings_cli.main import main


def test_teardown_deletes_stack_last(
    operator: Operator,
    app: App,
    linked: dict[str, str],
    cloudformation: OperationRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    operator.deployment = replace(operator.deployment, nested={"Observability": "CREATE_COMPLETE"})
    said = operator.run("teardown", "--yes", "--delete-stack")
    assert said.code == 0, said.err
    lifting = ["SetStackPolicy", "UpdateTerminationProtection"]
    assert cloudformation.operations == [*lifting, "DescribeStacks", "DeleteStack", "DescribeStacks"]
    lines = said.out.splitlines()
    assert lines.index("Nothing is left at the providers.") < lines.index("Deleting stack tidings ...")
    assert "Its nested stack Observability is deleted with it." in lines
    assert "Stack tidings is deleted." in lines


@pytest.mark.parametrize(("provider", "path"), [("plaid", REMOVE), ("snaptrade", DELETE)])
def test_teardown_keeps_stack_while_connections_remain(
    operator: Operator, app: App, linked: dict[str, str], cloudformation: OperationRecorder, provider: str, path: str
) -> None:
    app.providers.plaid("faults", path=path, kind="status", status=500)
    app.providers.snaptrade("faults", path=path, kind="status", status=500)
    said = operator.run("teardown", "--yes", "--delete-stack")
    assert said.code == 1
    left = {"plaid": "2 Plaid items", "snaptrade": "1 SnapTrade user"}[provider]
    assert (
        said.err
        == f"Error: Still connected at the providers: {left}. Run the command again; the stack was not deleted.\n"
    )
    assert cloudformation.operations == []
    app.providers.reset()
    assert operator.run("teardown", "--yes", "--delete-stack").code == 0
    assert is_disconnected(app, linked)


def test_teardown_keeps_stack_until_snaptrade_confirms_deletion(
    operator: Operator, app: App, linked: dict[str, str], cloudformation: OperationRecorder
) -> None:
    app.providers.snaptrade("faults", path=DELETE, kind="status", status=200, body={"status": "deleted"})
    said = operator.run("teardown", "--yes", "--delete-stack")
    assert "Still connected at the providers: 1 SnapTrade user." in said.err
    assert cloudformation.operations == []


def test_forced_teardown_deletes_stack_and_lists_leftovers(
    operator: Operator, app: App, linked: dict[str, str], cloudformation: OperationRecorder
) -> None:
    app.providers.plaid("faults", path=REMOVE, kind="status", status=500)
    said = operator.run("teardown", "--yes", "--delete-stack", "--force")
    assert said.code == 0
    assert said.err.startswith("Left behind by --force: 2 Plaid items may still cost money.")
    assert "DeleteStack" in cloudformation.operations
    assert operator.run("teardown", "--force").code == 2


def test_teardown_of_deleted_stack_lists_retained_resources(operator: Operator) -> None:
    def run(name: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--stack", name, "teardown", "--yes"])
        return result.exit_code, result.output

    stacks = {"StackSummaries": [{"StackName": STACK, "StackId": "arn:1"}]}
    left = {"LogicalResourceId": "HoldingsTable", "PhysicalResourceId": "tidings-HoldingsTable-1"}
    resources = {"StackResourceSummaries": [{**left, "ResourceStatus": "DELETE_SKIPPED"}]}
    with (
        intercept_calls(stub_response("DescribeStacks", aws_error("ValidationError")), "cloudformation"),
        intercept_calls(stub_response("ListStacks", stacks), "cloudformation"),
        intercept_calls(stub_response("ListStackResources", resources), "cloudformation"),
    ):
        code, out = run(STACK)
        assert (code, out.splitlines()) == (
            0,
            ["Stack tidings was deleted before.", "Retained resources:", "  HoldingsTable: tidings-HoldingsTable-1"],
        )
        code, out = run("tidnigs")
        assert code == 1
        assert out.startswith("Error: There is no stack tidnigs")
