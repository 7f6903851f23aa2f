"""The nested observability stack: what it receives, and where alarms for a rollback must stand."""

import copy
import json
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

from local.translation import Template, load_template, translate
from tests.support.aws.references import referenced_names
from tests.support.aws.stack import ROOT, Stack

OF_EVERY_FUNCTION = "BugAlarm"
OF_WEBHOOKS = {
    "WebhookPlaidFunction": "WebhookPlaidFailingAlarm",
    "WebhookSnapTradeFunction": "WebhookSnapTradeFailingAlarm",
}
OF_THE_OTHERS = "FunctionsFailingAlarm"
WITHOUT_AN_ALARM_OF_ITS_OWN = "LiveAuthorizerFunction"
"""Functions that the other alarm names wait for the API of live updates, and that for this function's deployment."""
FOR_ROLLBACK = {OF_EVERY_FUNCTION, *OF_WEBHOOKS.values(), OF_THE_OTHERS}
NESTED = load_template(ROOT / "observability.yaml")
ALARM, FUNCTION = "AWS::CloudWatch::Alarm", "AWS::Lambda::Function"
CANARY = "Canary10Percent5Minutes"


@pytest.fixture(scope="module")
def own(stack: Stack) -> Template:
    """template.yaml alone, translated."""
    return translate(stack.source, stack.parameters)


@pytest.fixture(scope="module")
def arguments(own: Template) -> dict[str, Any]:
    properties = own["Resources"]["Observability"]["Properties"]
    assert properties["TemplateURL"] == "s3://local/observability.yaml", "packaged like code"
    found: dict[str, Any] = properties["Parameters"]
    return found


def test_alarms_are_divided_by_rollback_use(own: Template) -> None:
    here = {name for name, resource in own["Resources"].items() if resource["Type"] == ALARM}
    assert here == FOR_ROLLBACK
    assert {resource["Type"] for resource in NESTED["Resources"].values()} == {ALARM, "AWS::CloudWatch::Dashboard"}


def test_every_nested_parameter_is_passed_and_used(arguments: dict[str, Any]) -> None:
    body = {part: value for part, value in NESTED.items() if part != "Parameters"}
    used = {name for name in referenced_names(body) if not name.startswith("AWS::")}
    assert arguments.keys() == NESTED["Parameters"].keys() == used - NESTED["Resources"].keys()


def test_nested_stack_receives_parent_resourcereferenced_names(own: Template, arguments: dict[str, Any]) -> None:
    settings = {"AlarmTopicArn", "SilenceAlarmHours", "ReconcileAlarmHours", "NotifyUrl"}
    for name, argument in arguments.items():
        if name == "StackName":
            assert argument == {"Ref": "AWS::StackName"}
        elif name in settings:
            assert argument == {"Ref": name}
        else:
            kind = own["Resources"][name]["Type"]
            attribute: dict[str, Any] = (
                {"Fn::GetAtt": [name, "QueueName"]} if kind == "AWS::SQS::Queue" else {"Ref": name}
            )
            if condition := own["Resources"][name].get("Condition"):
                attribute = {"Fn::If": [condition, attribute, "none"]}  # a dashboard refuses an empty dimension
            assert argument == attribute, "a name, never an alias"


def test_template_has_no_dependency_cycle(own: Template) -> None:
    _sort(own)


def test_gradual_deployment_rolls_back_on_template_alarms(gradual: Template) -> None:
    groups = {
        name.removesuffix("DeploymentGroup"): group["Properties"]
        for name, group in gradual["Resources"].items()
        if group["Type"] == "AWS::CodeDeploy::DeploymentGroup"
    }
    assert groups.keys() == {name for name, one in gradual["Resources"].items() if one["Type"] == FUNCTION}
    for name, group in groups.items():
        alarms = [alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]]
        own = [] if name == WITHOUT_AN_ALARM_OF_ITS_OWN else [{"Ref": OF_WEBHOOKS.get(name, OF_THE_OTHERS)}]
        assert alarms == [{"Ref": OF_EVERY_FUNCTION}, *own]
        assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": CANARY}
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        policy = gradual["Resources"][f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert policy["DeploymentGroupName"] == {"Ref": f"{name}DeploymentGroup"}


def test_gradual_deployments_are_off_by_default(own: Template) -> None:
    """Off leaves nothing of CodeDeploy behind: no application, no role, no update policy."""
    assert not [name for name, one in own["Resources"].items() if one["Type"].startswith("AWS::CodeDeploy::")]
    assert "codedeploy" not in json.dumps(own["Resources"], default=str).lower()


def test_every_gradual_deployment_type_is_mapped(stack: Stack) -> None:
    spec = stack.source["Parameters"]["GradualDeployments"]
    deployments = {name: one["Gradual"] for name, one in stack.source["Mappings"]["Deployments"].items()}
    assert spec["Default"] == "off"
    assert deployments == {name: "false" if name == "off" else "true" for name in spec["AllowedValues"]}


def test_rollback_on_template_alarms_adds_no_cycle(gradual: Template) -> None:
    _sort(gradual)


def test_rollback_on_nested_alarm_adds_a_cycle(stack: Stack) -> None:
    """The API's definition names the aliases, so the nested stack waits for each function's deployment."""
    with pytest.raises(CycleError):
        _sort(_roll_back_on(stack, "PendingFunction", {"Fn::GetAtt": ["Observability", "Outputs.Alarm"]}))


def test_rollback_of_plaid_webhooks_on_other_errors_adds_a_cycle(stack: Stack) -> None:
    """ConnectionsFunction, which that alarm names, waits for the address of Plaid's webhooks."""
    with pytest.raises(CycleError):
        _sort(_roll_back_on(stack, "WebhookPlaidFunction", {"Ref": OF_THE_OTHERS}))


@pytest.fixture(scope="module")
def gradual(stack: Stack) -> Template:
    """template.yaml alone with gradual deployments, translated."""
    return translate(stack.source, {**stack.parameters, "GradualDeployments": CANARY})


def _roll_back_on(stack: Stack, function: str, alarm: dict[str, Any]) -> Template:
    """Translate the template with gradual deployments, of which one rolls back on another alarm."""
    source = copy.deepcopy(stack.source)
    source["Resources"][function]["Properties"]["DeploymentPreference"] = {"Alarms": [alarm]}
    return translate(source, {**stack.parameters, "GradualDeployments": CANARY})


def _sort(template: Template) -> None:
    """Order the resources as CloudFormation does. Raises CycleError if they wait for each other."""
    resources = template["Resources"]
    TopologicalSorter(
        {name: set(referenced_names(one)) & resources.keys() for name, one in resources.items()}
    ).prepare()
