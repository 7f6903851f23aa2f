"""Regions and partitions: what a region does not have is left out there, and links lead into its own console."""

import functools
from collections.abc import Iterator

import pytest
from cfnlint.helpers import REGIONS  # type: ignore[import-untyped]
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from local.translation import load_template
from tests.support.aws.stack import ROOT, Stack

URL, BUDGET = "AWS::Lambda::Url", "AWS::Budgets::Budget"
BUDGETED = {"BudgetEmail": "ops@example.com", "BudgetAmount": "50"}


@functools.cache
def regions_without(kind: str) -> frozenset[str]:
    """List the regions whose CloudFormation does not know a type, by the copy of its registry in cfn-lint."""
    return frozenset(one for one in REGIONS if kind not in PROVIDER_SCHEMA_MANAGER.get_resource_types(one))


def holds(stack: Stack, condition: str) -> bool:
    return bool(stack.resolve({"Condition": condition}))


@pytest.mark.parametrize("in_region", REGIONS, indirect=True)
def test_function_urls_and_budget_exist_where_the_region_has_them(stack: Stack, in_region: str) -> None:
    budgeted = Stack(stack.source, stack.template, {**stack.parameters, **BUDGETED})
    assert holds(stack, "HasFunctionUrls") == (in_region not in regions_without(URL))
    assert holds(budgeted, "HasBudget") == (in_region not in regions_without(BUDGET))
    assert not holds(stack, "HasBudget"), "a budget is optional"


def test_everything_of_function_urls_has_their_condition(stack: Stack) -> None:
    resources = stack.template["Resources"]
    public = {
        name
        for name, one in stack.resources_of_type("AWS::Lambda::Permission").items()
        if one["Properties"]["Principal"] == "*"
    }
    urls = set(stack.resources_of_type(URL))
    assert urls == {"WebhookPlaidFunctionUrl", "WebhookSnapTradeFunctionUrl"}
    assert {resources[name]["Condition"] for name in urls | public} == {"HasFunctionUrls"}


@pytest.mark.parametrize(
    ("rule", "kind"),
    [("RegionWithoutFunctionUrlsNeedsAnAddress", URL), ("RegionWithoutBudgetsTakesNoBudget", BUDGET)],
)
def test_rule_names_the_regions_without_a_type(stack: Stack, rule: str, kind: str) -> None:
    regions, asked = stack.source["Rules"][rule]["RuleCondition"]["Fn::Contains"]
    assert asked == {"Ref": "AWS::Region"}
    assert frozenset(regions) == regions_without(kind)


BASE, DOMAIN = {"WebhookBaseUrl": "https://hooks.example.com"}, {"DomainName": "api.example.com"}


@pytest.mark.parametrize("in_region", ["us-gov-west-1"], indirect=True)
@pytest.mark.parametrize(
    ("overrides", "address"),
    [
        (BASE, "https://hooks.example.com"),
        (DOMAIN, "https://api.example.com"),
        (BASE | DOMAIN, "https://hooks.example.com"),
    ],
)
@pytest.mark.usefixtures("in_region")
def test_webhooks_arrive_at_the_api_in_region_without_function_urls(
    stack: Stack, overrides: dict[str, str], address: str
) -> None:
    addressed = Stack(stack.source, stack.template, {**stack.parameters, **overrides})
    outputs = addressed.template["Outputs"]
    assert addressed.resolve(outputs["PlaidWebhookUrl"]["Value"]) == f"{address}/plaid/webhook"
    assert addressed.resolve(outputs["SnapTradeWebhookUrl"]["Value"]) == f"{address}/api/snaptrade/webhook"
    connections = addressed.template["Resources"]["ConnectionsFunction"]["Properties"]["Environment"]["Variables"]
    assert addressed.resolve(connections["PLAID_WEBHOOK_URL"]) == f"{address}/plaid/webhook"


@pytest.mark.parametrize(
    ("in_region", "console"),
    [
        ("eu-central-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
    indirect=["in_region"],
)
def test_dashboard_link_leads_to_the_console_of_the_partition(stack: Stack, in_region: str, console: str) -> None:
    link = stack.resolve(stack.template["Outputs"]["DashboardUrl"]["Value"])
    assert link.startswith(f"https://{console}/cloudwatch/home?region={in_region}#dashboards/dashboard/")


def test_template_names_no_partition_in_an_arn(stack: Stack) -> None:
    def texts(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for inner in value.values():
                yield from texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from texts(inner)
        elif isinstance(value, str):
            yield value

    written = [stack.source[part] for part in ("Globals", "Resources", "Outputs")]
    nested = load_template(ROOT / "observability.yaml")["Resources"]
    assert [text for text in texts([written, nested]) if "arn:aws" in text] == []
