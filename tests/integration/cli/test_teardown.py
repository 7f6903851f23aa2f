"""`tidings teardown` disconnects everything at the providers before it deletes the stack."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from local.simulators.snaptrade import users
from tests.support.aws.aws_calls import OperationRecorder, aws_error, intercept_calls, stub_response
from tests.support.aws.deployment_secrets import CONFIGURED, put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.operator import STACK, Operator
from tidings.providers.plaid import connections as plaid
from tidings.store import removal
from tidings_cli import disconnect
from tidings_cli.main import main

REMOVE, DELETE = "/item/remove", "/snapTrade/deleteUser"
DESCRIBED = {"Stacks": [{"StackId": "arn:aws:cloudformation:stack/tidings/1", "StackStatus": "DELETE_COMPLETE"}]}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disconnect, "_PAUSE_S", 0.01)
    monkeypatch.setattr(disconnect, "_DELETION_TIMEOUT_S", 0.05)


@pytest.fixture
def app(app: App) -> App:
    """The app, without the SnapTrade users of earlier tests."""
    app.providers.snaptrade_simulator.state["users"].clear()
    return app


@pytest.fixture
def linked(app: App) -> dict[str, str]:
    """Alice has one item at each provider, Bob one at Plaid."""
    alice = app.sign_in()
    return {
        "plaid": app.link_and_refresh(alice, "plaid").item_id,
        "snaptrade": app.link_and_refresh(alice, "snaptrade").item_id,
        "bob": app.link(app.sign_in("bob"), "plaid").item_id,
    }


@pytest.fixture
def cloudformation(operator: Operator) -> Iterator[OperationRecorder]:
    """The calls to a CloudFormation that deletes the stack at once."""
    calls = OperationRecorder()
    with (
        intercept_calls(calls, "cloudformation"),
        intercept_calls(stub_response("DescribeStacks", DESCRIBED), "cloudformation"),
        intercept_calls(stub_response("DeleteStack", {}), "cloudformation"),
        intercept_calls(stub_response("SetStackPolicy", {}), "cloudformation"),
        intercept_calls(stub_response("UpdateTerminationProtection", {}), "cloudformation"),
    ):
        yield calls


def list_provider_ids(app: App) -> tuple[set[str], set[str]]:
    users = app.providers.snaptrade_simulator.state["users"]
    return {*app.providers.plaid_simulator.state["items"]}, {*users}


def is_disconnected(app: App, linked: dict[str, str]) -> bool:
    items, users = list_provider_ids(app)
    return not {*linked.values()} & (items | users)


def test_teardown_dry_run_disconnects_nothing(
    operator: Operator, app: App, linked: dict[str, str], tables: Tables
) -> None:
    before = tables.rows("ProviderItemsTable"), list_provider_ids(app)
    app.providers.reset()
    said = operator.run("teardown", "--dry-run")
    assert (said.code, said.err) == (0, "")
    assert said.out == "2 Plaid items and 1 SnapTrade user of 2 users to disconnect.\n"
    assert (tables.rows("ProviderItemsTable"), list_provider_ids(app)) == before
    assert app.providers.calls("plaid") == []
    assert [call["path"] for call in app.providers.calls("snaptrade")] == ["/snapTrade/listUsers"]


def test_teardown_with_wrong_name_disconnects_nothing(operator: Operator, app: App, linked: dict[str, str]) -> None:
    said = operator.run("teardown", answer="tidnigs\n")
    assert (said.code, said.err) == (1, "Error: Nothing was disconnected.\n")
    assert app.providers.calls("plaid", REMOVE) == []


def test_teardown_disconnects_everything_once(
    operator: Operator, app: App, linked: dict[str, str], tables: Tables, cloudformation: OperationRecorder
) -> None:
    said = operator.run("teardown", answer=f"{STACK}\n")
    assert said.code == 0, said.err
    assert {
        f"disconnected plaid#{linked['bob']}",
        "3 disconnected, 0 failed.",
        "Nothing is left at the providers.",
    } <= {*said.out.splitlines()}
    assert is_disconnected(app, linked)
    assert tables.rows("ProviderItemsTable") == tables.rows("HoldingsTable") == tables.rows("SessionsTable") == []
    assert cloudformation.operations == [], "it only says how"
    assert f"aws cloudformation delete-stack --stack-name {STACK}" in said.out
    assert "aws dynamodb delete-table --table-name provider-items" in said.out
    assert "aws kms schedule-key-deletion --pending-window-in-days 30 --key-id alias/tidings-test" in said.out
    again = operator.run("teardown", "--yes")
    assert again.out.splitlines()[0] == "0 Plaid items and 0 SnapTrade users of 0 users to disconnect."
    assert again.code == 0


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


@pytest.mark.parametrize("place", ["there", "here"])
def test_killed_teardown_is_continued_by_next_run(
    operator: Operator, app: App, linked: dict[str, str], tables: Tables, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    module, name = (plaid, "remove_connection") if place == "there" else (removal, "remove_item")
    genuine = getattr(module, name)

    def killed(*arguments: Any, **more: Any) -> None:  # noqa: ANN401
        genuine(*arguments, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, name, killed)
        assert operator.run("teardown", "--yes").code == 1
    assert tables.rows("ProviderItemsTable") != []
    assert operator.run("teardown", "--yes").code == 0
    assert is_disconnected(app, linked)
    assert tables.rows("ProviderItemsTable") == []


def test_teardown_waits_for_provider_rate_limit(
    operator: Operator, app: App, linked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    app.providers.plaid("faults", path=REMOVE, kind="status", status=429, headers={"retry-after": "7"}, times=2)
    assert operator.run("teardown", "--yes").code == 0
    assert waited == [7, 7]


def test_teardown_keeps_snaptrade_users_of_other_deployments(
    operator: Operator, app: App, linked: dict[str, str]
) -> None:
    app.providers.snaptrade("connect", user_id="another-app-s", silent=True)
    said = operator.run("teardown", "--yes")
    assert said.code == 0
    assert said.err.startswith("SnapTrade has 1 more user for this key, unknown to this deployment")
    assert list_provider_ids(app)[1] == {"another-app-s"}


def test_teardown_deletes_user_without_secret(
    operator: Operator, app: App, linked: dict[str, str], tables: Tables
) -> None:
    key = {"item": {"S": f"snaptrade#{linked['snaptrade']}"}}
    remove = "REMOVE credential"
    tables.dynamodb.update_item(TableName="provider-items", Key=key, UpdateExpression=remove)
    assert "and 1 SnapTrade user of" in operator.run("teardown", "--yes").out
    assert is_disconnected(app, linked)


def test_teardown_at_unconfigured_provider_fails(operator: Operator, app: App, linked: dict[str, str]) -> None:
    put_secret("plaid", {})
    said = operator.run("teardown", "--yes")
    assert said.code == 1
    assert f"failed plaid#{linked['bob']}: The provider plaid is not configured" in said.out
    put_secret("plaid", CONFIGURED["plaid"])
    assert operator.run("teardown", "--yes").code == 0


def test_teardown_reports_aws_error(operator: Operator, app: App, linked: dict[str, str]) -> None:
    with intercept_calls(stub_response("Decrypt", aws_error("AccessDeniedException")), "kms"):
        said = operator.run("teardown", "--yes")
    assert said.code == 1
    assert f"failed plaid#{linked['bob']}: AWS denied access: AccessDeniedException." in said.out


def test_teardown_disconnects_user_who_connects_meanwhile(
    operator: Operator, app: App, linked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, late = plaid.remove_connection, iter([True])

    def remove(*arguments: Any) -> None:  # noqa: ANN401
        genuine(*arguments)
        if next(late, False):
            linked["carol"] = app.link_plaid(app.sign_in("carol"))

    monkeypatch.setattr(plaid, "remove_connection", remove)
    assert operator.run("teardown", "--yes").code == 0
    assert is_disconnected(app, linked)


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


@pytest.fixture
def personal_key(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the deployment a personal key."""
    monkeypatch.setenv("SNAPTRADE_KEY_TYPE", "personal")
    parameters = {**operator.deployment.parameters, "SnapTradeKeyType": "personal"}
    operator.deployment = replace(operator.deployment, parameters=parameters)


def test_teardown_with_personal_key_removes_connections(
    operator: Operator, personal_key: None, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = app.providers.snaptrade_simulator
    monkeypatch.setattr(simulator, "is_personal", True)
    person = users.ensure_personal_user(simulator)
    app.link_and_refresh(app.sign_in(), "snaptrade")
    assert person["connections"]
    said = operator.run("teardown", "--yes")
    assert (said.code, said.err) == (0, "")
    assert not person["connections"]
    assert app.providers.calls("snaptrade", "/snapTrade/deleteUser") == []


def test_teardown_reports_item_of_other_key_type(operator: Operator, app: App, request: pytest.FixtureRequest) -> None:
    linked = app.link_and_refresh(app.sign_in(), "snaptrade")
    request.getfixturevalue("personal_key")
    said = operator.run("teardown", "--yes")
    assert said.code == 1
    assert f"failed snaptrade#{linked.item_id}: It belongs to a SnapTrade key of the other type" in said.out
