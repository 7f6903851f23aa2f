import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.support.aws.stack import ROOT, Stack

OUTPUTS = {
    "ApiUrl",
    "ApiDomainTarget",
    "PlaidWebhookUrl",
    "SnapTradeWebhookUrl",
    "SessionsTableName",
    "SessionsTableArn",
    "SessionsHostAppPolicyArn",
    "DashboardUrl",
    "TasksDeadLetterQueueUrl",
    "DeferredWebhooksDeadLetterQueueUrl",
    "ReconcileDeadLetterQueueUrl",
    "PlaidSecretArn",
    "SnapTradeSecretArn",
    "NotifyDeadLetterQueueUrl",
    "NotifySecretArn",
    "CredentialKeyArn",
}


def _referred(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str):
            yield value["Ref"]
        if "Fn::Sub" in value:
            yield from re.findall(r"\$\{(\w+)\}", str(value["Fn::Sub"]))
        for inner in value.values():
            yield from _referred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _referred(inner)


def test_every_parameter_is_used_described_and_grouped(stack: Stack) -> None:
    declared = stack.source["Parameters"]
    used = set(_referred({key: part for key, part in stack.source.items() if key not in {"Parameters", "Rules"}}))
    interface = stack.source["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert set(declared) - used == set()
    assert sorted(grouped) == sorted(declared) == sorted(interface["ParameterLabels"])
    assert all(spec["Description"].endswith(".") or "(" in spec["Description"] for spec in declared.values())


def test_only_origins_parameter_has_no_default(stack: Stack) -> None:
    assert [name for name, spec in stack.source["Parameters"].items() if "Default" not in spec] == ["AllowedOrigins"]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "AllowedOrigins",
            ["https://app.example.com", "https://a-b.example:8443", "http://localhost:5173", "http://127.0.0.1:3000"],
            ["", "*", "https://*", "https://*.example.com", "http://app.example.com", "https://a.example/", "null"],
        ),
        (
            "NotifyUrl",
            ["", "https://app.example.com", "https://app.example.com:8443/a/b", "http://localhost:4000/hook"],
            [
                "http://app.example.com/hook",
                "http://169.254.169.254/latest",
                "https://user:password@app.example.com/",
                "https://app.example.com/?key=1",
                "https://app.example.com/#a",
                "ftp://app.example.com/",
                "http://localhost.example.com/",
            ],
        ),
        ("PlaidCountryCodes", ["US", "GB"], ["us", "USA", ""]),
        ("MainCurrency", ["USD", "EUR"], ["usd", "US", "*"]),
        (
            "WebhookBaseUrl",
            ["", "https://api.example.com", "https://api.example.com:8443/tidings"],
            [
                "http://api.example.com",
                "https://api.example.com/",
                "https://",
                "api.example.com",
                "https://-",
                "https://a",
            ],
        ),
        (
            "DomainName",
            ["", "api.example.com", "a-1.example.co.uk", "xn--bcher-kva.example"],
            [
                "https://api.example.com",
                "API.example.com",
                "api.example.com/",
                "-",
                "localhost",
                "-a.example.com",
                "a-.example.com",
                "api..example.com",
                ".example.com",
                "api.example.com.",
                "*.example.com",
                "10.0.0.1",
                f"{'a' * 64}.example.com",
            ],
        ),
        (
            "CertificateArn",
            [
                "",
                "arn:aws:acm:us-east-1:123456789012:certificate/12ab34cd-12ab-34cd-56ef-1234567890ab",
                "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/12ab-34",
            ],
            ["arn:aws:iam::123456789012:role/x", "certificate", "arn:aws:acm:us-east-1:123456789012:certificate/"],
        ),
        (
            "ReconcileSchedule",
            [
                "rate(1 minute)",
                "rate(15 minutes)",
                "rate(1 hour)",
                "rate(24 hours)",
                "rate(1 day)",
                "cron(0/15 * * * ? *)",
                "cron(15 10 ? * MON-FRI *)",
                "cron(0 8 1 * ? *)",
                "cron(0 10 ? * 6#3 2026-2030)",
                "cron(0 9 L JAN,JUL ? *)",
            ],
            [
                "",
                "rate(1 hours)",
                "rate(1 minutes)",
                "rate(15 minute)",
                "rate(0 minutes)",
                "rate(05 minutes)",
                "rate(-1 days)",
                "rate(1.5 hours)",
                "rate(2 weeks)",
                "rate( 15 minutes)",
                "Rate(15 minutes)",
                "15 minutes",
                "cron(0/15 * * * *)",
                "cron(0/15 * * * * *)",
                "cron(0 8 1 * MON *)",
                "cron(0 8 ? * ? *)",
                "cron(* * * * ? * *)",
                "cron()",
            ],
        ),
        (
            "OidcIssuer",
            [
                "",
                "https://issuer.example",
                "https://id.example/tenant/v2.0",
                "https://x.auth.example/",
                "http://127.0.0.1:3000/i",
            ],
            ["http://issuer.example", "issuer.example", "https://", "https://a.example/?x=1", "https://a.example/#x"],
        ),
        ("OidcAudience", ["", "tidings", "https://api.example.com", "one,two"], [" ", "one,", ",", "one two"]),
        ("OidcUserIdClaim", ["sub", "https://example.com/user_id", "custom:id"], ["", "a b"]),
        ("HostedZoneId", ["", "Z0123456789ABC"], ["example.com", "z012", "Z", f"Z{'0' * 32}"]),
        ("WebhookReservedConcurrency", ["", "1", "10", "1000"], ["0", "00", "007", "-1", "ten", "1.5"]),
        (
            "AlarmTopicArn",
            ["", "arn:aws:sns:us-east-1:123456789012:alarms", "arn:aws-cn:sns:cn-north-1:123456789012:a_b-c"],
            ["ops@example.com", "arn:aws:sns:us-east-1:123456789012:alarms.fifo", "arn:aws:sns:us-east-1:12:alarms"],
        ),
        (
            "BudgetEmail",
            ["", "ops@example.com"],
            ["ops", "ops@", "@example.com", "ops@localhost", "a@b.example,c@d.example"],
        ),
        ("BudgetAmount", ["", "1", "250"], ["0", "-5", "12.50", "$20", "1e3"]),
        ("TableMaxReadUnits", ["", "1", "40000"], ["0", "-1", "many"]),
        ("TableMaxWriteUnits", ["", "1", "40000"], ["0", "-1", "many"]),
    ],
)
def test_parameter_rejects_invalid_value(stack: Stack, name: str, good: list[str], bad: list[str]) -> None:
    pattern = re.compile(stack.source["Parameters"][name]["AllowedPattern"])
    assert [value for value in good if not pattern.fullmatch(value)] == []
    assert [value for value in bad if pattern.fullmatch(value)] == []


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("BackgroundConcurrency", 2, 1000),
        ("ApiRequestsPerSecond", 1, 10_000),
        ("ApiBurst", 1, 5000),
        ("WebhookRequestsPerSecond", 1, 10_000),
        ("WebhookBurst", 1, 5000),
    ],
)
def test_number_parameter_stays_within_the_limits_of_aws(stack: Stack, name: str, least: int, most: int) -> None:
    """Lambda gives an SQS event source at least two executions. API Gateway's account limits bound each route."""
    spec = stack.source["Parameters"][name]
    assert (spec["Type"], spec["MinValue"], spec["MaxValue"]) == ("Number", least, most)
    assert least <= spec["Default"] <= most


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("PlaidEnvironment", ["sandbox", "production"]),
        ("SnapTradeKeyType", ["commercial", "personal"]),
        ("SnapTradeWebhookAuth", ["required", "disabled"]),
        ("PaidRefresh", ["off", "on"]),
        ("DeletionProtection", ["off", "on"]),
        ("Tracing", ["off", "on"]),
        ("ExchangeRates", ["on", "off"]),
        ("LiveUpdates", ["on", "off"]),
        ("Architecture", ["arm64", "x86_64"]),
    ],
)
def test_choice_parameter_lists_default_first(stack: Stack, name: str, choices: list[str]) -> None:
    spec = stack.source["Parameters"][name]
    assert spec["AllowedValues"] == choices
    assert spec["Default"] == choices[0]


def test_template_has_expected_outputs(stack: Stack) -> None:
    outputs = stack.template["Outputs"]
    assert set(outputs) == OUTPUTS
    assert stack.resolve(outputs["PlaidWebhookUrl"]["Value"]) == "WebhookPlaidFunctionUrl.FunctionUrl"
    assert stack.resolve(outputs["SnapTradeWebhookUrl"]["Value"]) == "WebhookSnapTradeFunctionUrl.FunctionUrl"
    assert not any("Export" in output for output in outputs.values()), "an export's name would be taken account-wide"


def test_samconfig_deploys_this_template() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    assert config["version"] == 0.1
    assert config["default"]["global"]["parameters"]["stack_name"] == "tidings"
    assert config["default"]["validate"]["parameters"] == {"lint": True}
    deploy = config["default"]["deploy"]["parameters"]
    capabilities = "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
    shipped = {"capabilities": capabilities, "confirm_changeset": True, "resolve_s3": True}
    assert deploy.items() >= shipped.items(), "a guided deployment adds its answers"


@pytest.mark.parametrize(
    ("rule", "given", "needed"),
    [
        ("DomainNeedsItsCertificate", "DomainName", "CertificateArn"),
        ("CertificateNeedsItsDomain", "CertificateArn", "DomainName"),
        ("IssuerNeedsItsAudience", "OidcIssuer", "OidcAudience"),
        ("AudienceNeedsItsIssuer", "OidcAudience", "OidcIssuer"),
        ("BudgetEmailNeedsItsAmount", "BudgetEmail", "BudgetAmount"),
        ("BudgetAmountNeedsItsEmail", "BudgetAmount", "BudgetEmail"),
        ("DnsRecordNeedsItsDomain", "HostedZoneId", "DomainName"),
    ],
)
def test_incomplete_parameter_pair_is_rejected(stack: Stack, rule: str, given: str, needed: str) -> None:
    declared = stack.source["Rules"][rule]
    assert declared["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": given}, ""]}]}
    [assertion] = declared["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": needed}, ""]}]}
    assert assertion["AssertDescription"] == f"{given} needs {needed}"
