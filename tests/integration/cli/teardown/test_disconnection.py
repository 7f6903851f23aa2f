"""`tidings teardown` disconnects everything at the providers."""

import time
from dataclasses import replace
from typing import Any

import pytest

from local.simulators.snaptrade import users
from tests.integration.cli.teardown.provider_connections import REMOVE, is_disconnected, list_provider_ids
from tests.support.aws.aws_calls import OperationRecorder, aws_error, intercept_calls, stub_response
from tests.support.aws.deployment_secrets import CONFIGURED, put_secret
from tests.support.aws.tables import Tables
from tests.support.drivers.app import App
from tests.support.drivers.operator import STACK, Operator
from tests.support.fakes.product_modules import replace_in_product
from tidings.providers.plaid import connections as plaid
from tidings.store import removal


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
    replace_in_product(monkeypatch, time, sleep=waited.append)
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
