"""The nested observability stack: what it receives, and where alarms for a later rollback must stand."""

import copy
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

from local.translation import Template, load_template, translate
from tests.support.aws.stack import ROOT, Stack

OF_EVERY_FUNCTION = "BugAlarm"
OF_WEBHOOKS = {
    "WebhookPlaidFunction": "WebhookPlaidFailingAlarm",
    "WebhookSnapTradeFunction": "WebhookSnapTradeFailingAlarm",
}
OF_THE_OTHERS = "FunctionsFailingAlarm"
FOR_ROLLBACK = {OF_EVERY_FUNCTION, *OF_WEBHOOKS.values(), OF_THE_OTHERS}
NESTED = load_template(ROOT / "observability.yaml")
ALARM = "AWS::CloudWatch::Alarm"


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
    used = {name for name in _names(body) if not name.startswith("AWS::")}
    assert arguments.keys() == NESTED["Parameters"].keys() == used - NESTED["Resources"].keys()


def test_nested_stack_receives_parent_resource_names(own: Template, arguments: dict[str, Any]) -> None:
    settings = {"AlarmTopicArn", "SilenceAlarmHours", "ReconcileAlarmHours"}
    for name, argument in arguments.items():
        if name == "StackName":
            assert argument == {"Ref": "AWS::StackName"}
        elif name in settings:
            assert argument == {"Ref": name}
        else:
            kind = own["Resources"][name]["Type"]
            attribute = {"Fn::GetAtt": [name, "QueueName"]} if kind == "AWS::SQS::Queue" else {"Ref": name}
            assert argument == attribute, "a name, never an alias"


def test_template_has_no_dependency_cycle(own: Template) -> None:
    _sort(own)


def test_rollback_on_template_alarms_adds_no_cycle(stack: Stack) -> None:
    functions = stack.resources_of_type("AWS::Lambda::Function")
    alarms = {name: [OF_EVERY_FUNCTION, OF_WEBHOOKS.get(name, OF_THE_OTHERS)] for name in functions}
    _sort(_gradual(stack, {name: [{"Ref": alarm} for alarm in some] for name, some in alarms.items()}))


def test_rollback_on_nested_alarm_adds_a_cycle(stack: Stack) -> None:
    """The API's definition names the aliases, so the nested stack waits for each function's deployment."""
    with pytest.raises(CycleError):
        _sort(_gradual(stack, {"PendingFunction": [{"Fn::GetAtt": ["Observability", "Outputs.Alarm"]}]}))


def test_rollback_of_plaid_webhooks_on_other_errors_adds_a_cycle(stack: Stack) -> None:
    """ConnectionsFunction, which that alarm names, waits for the address of Plaid's webhooks."""
    with pytest.raises(CycleError):
        _sort(_gradual(stack, {"WebhookPlaidFunction": [{"Ref": OF_THE_OTHERS}]}))


def _gradual(stack: Stack, alarms: Mapping[str, list[dict[str, Any]]]) -> Template:
    """Translate the template with aliases, and with gradual deployments of functions that roll back on alarms."""
    source = copy.deepcopy(stack.source)
    source["Globals"]["Function"]["AutoPublishAlias"] = "live"
    for name, some in alarms.items():
        preference = {"Type": "Canary10Percent5Minutes", "Alarms": some}
        source["Resources"][name]["Properties"]["DeploymentPreference"] = preference
    for name in OF_WEBHOOKS:
        source["Resources"][f"{name}Url"]["Properties"]["TargetFunctionArn"] = {"Ref": f"{name}.Alias"}
    return translate(source, stack.parameters)


def _sort(template: Template) -> None:
    """Order the resources as CloudFormation does. Raises CycleError if they wait for each other."""
    resources = template["Resources"]
    TopologicalSorter({name: set(_names(one)) & resources.keys() for name, one in resources.items()}).prepare()


def _names(value: object) -> Iterator[str]:
    """Yield what a part of a template refers to."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in {"Ref", "DependsOn"}:
            yield from [inner] if isinstance(inner, str) else inner
        elif key == "Fn::GetAtt":
            yield inner.partition(".")[0] if isinstance(inner, str) else inner[0]
        elif key == "Fn::Sub":
            yield from re.findall(r"\$\{([\w:]+)", inner if isinstance(inner, str) else inner[0])
            yield from _names(inner)
        elif key == "Condition" and isinstance(inner, str):
            continue
        else:
            yield from _names(inner)
