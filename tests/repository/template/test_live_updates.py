"""The API of live updates: who may do what on it, where it exists, and that nothing is left without it."""

import json
import re
from typing import Any

import pytest
from cfnlint.helpers import REGIONS  # type: ignore[import-untyped]

from tests.repository.template.test_regions import holds, regions_without
from tests.support.aws.stack import Stack
from tests.unit.live.conftest import Keys
from tidings.aws import secrets
from tidings.live.channels import NAMESPACE, channel_name
from tidings.live.tickets import issue_ticket

API, CHANNELS = "AWS::AppSync::Api", "AWS::AppSync::ChannelNamespace"
ONLY_WITH_IT = {
    *("LiveApi", "LiveNamespace", "LiveAuthorizerPermission", "LiveTicketSecret", "LiveChannelSecret"),
}
LISTENERS, PUBLISHERS = [{"AuthType": "AWS_LAMBDA"}], [{"AuthType": "AWS_IAM"}]


@pytest.fixture
def live_keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    keys = Keys(live_ticket={"key": "ticket"}, live_channel={"key": "channel"})
    monkeypatch.setattr(secrets, "app_secret", keys.read)
    return keys


@pytest.fixture(scope="module")
def off() -> Stack:
    return Stack.from_template(LiveUpdates="off", NotifyUrl="https://app.example.com/tidings")


def config(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = stack.resolve(stack.template["Resources"]["LiveApi"]["Properties"])["EventConfig"]
    return found


def authorizer(stack: Stack) -> dict[str, Any]:
    [found] = [one for one in config(stack)["AuthProviders"] if one["AuthType"] == "AWS_LAMBDA"]
    settings: dict[str, Any] = found["LambdaAuthorizerConfig"]
    return settings


@pytest.mark.threat(id="forged-nudge")
def test_only_signed_requests_publish_and_only_the_authorizer_admits_listeners(stack: Stack) -> None:
    api = config(stack)
    assert {one["AuthType"] for one in api["AuthProviders"]} == {"AWS_LAMBDA", "AWS_IAM"}
    assert (api["ConnectionAuthModes"], api["DefaultSubscribeAuthModes"]) == (LISTENERS, LISTENERS)
    assert api["DefaultPublishAuthModes"] == PUBLISHERS
    [namespace] = stack.resources_of_type(CHANNELS)
    properties = stack.resolve(stack.template["Resources"][namespace]["Properties"])
    assert properties["Name"] == NAMESPACE
    assert (properties["SubscribeAuthModes"], properties["PublishAuthModes"]) == (LISTENERS, PUBLISHERS)
    publishers = {one.function for one in stack.permissions.all if one.action.startswith("appsync:")}
    assert publishers == {"AnnounceFunction"}


@pytest.mark.threat(id="foreign-channel")
def test_no_decision_of_the_authorizer_is_cached(stack: Stack) -> None:
    """AppSync caches by the token, so a decision about a connection would open every channel."""
    assert authorizer(stack)["AuthorizerResultTtlInSeconds"] == 0


def test_authorizer_is_the_alias_that_the_api_may_invoke(stack: Stack) -> None:
    assert authorizer(stack)["AuthorizerUri"] == "LiveAuthorizerFunctionAliaslive"
    permission = stack.resolve(stack.template["Resources"]["LiveAuthorizerPermission"]["Properties"])
    assert permission == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "LiveAuthorizerFunctionAliaslive",
        "Principal": "appsync.amazonaws.com",
        "SourceArn": "LiveApi.ApiArn",
    }


@pytest.mark.threat(id="forged-ticket")
@pytest.mark.usefixtures("live_keys")
def test_only_what_looks_like_a_ticket_costs_an_invocation(stack: Stack) -> None:
    pattern = re.compile(authorizer(stack)["IdentityValidationExpression"])
    ticket, _ = issue_ticket(channel_name("alice"), 1_790_000_000_000)
    assert pattern.fullmatch(ticket)
    others = ["", "x", f"Bearer {ticket}", f"{ticket}x", ticket[1:], ticket.upper(), f"x{ticket}"]
    assert [text for text in others if pattern.search(text)] == []


def test_api_keeps_no_log_that_would_contain_tickets(stack: Stack) -> None:
    assert "LogConfig" not in config(stack)


@pytest.mark.parametrize("in_region", REGIONS, indirect=True)
def test_live_updates_exist_where_the_region_has_their_api(stack: Stack, in_region: str) -> None:
    assert regions_without(API) == regions_without(CHANNELS)
    assert holds(stack, "HasLiveUpdates") == (in_region not in regions_without(API))


def test_everything_of_live_updates_depends_on_their_parameter(stack: Stack, off: Stack) -> None:
    conditional = {
        name for name, one in stack.template["Resources"].items() if one.get("Condition") == "HasLiveUpdates"
    }
    assert conditional == ONLY_WITH_IT
    assert not holds(off, "HasLiveUpdates")
    for name, resource in off.template["Resources"].items():
        if resource.get("Condition") != "HasLiveUpdates" and resource["Type"] != "AWS::Lambda::Alias":
            resolved = json.dumps(off.resolve(resource.get("Properties", {})), default=str)
            assert [one for one in ONLY_WITH_IT if f'"{one}' in resolved] == [], name


def test_functions_know_whether_there_are_live_updates(stack: Stack, off: Stack) -> None:
    def variables(one: Stack, function: str) -> dict[str, str]:
        found: dict[str, str] = one.resolve(
            one.template["Resources"][function]["Properties"]["Environment"]["Variables"]
        )
        return found

    assert [variables(one, "PendingFunction")["LIVE_UPDATES"] for one in (stack, off)] == ["on", "off"]
    for function in ("LiveTicketFunction", "AnnounceFunction"):
        hosts = [variables(one, function)["TIDINGS_LIVE_HTTP_ENDPOINT"] for one in (stack, off)]
        assert hosts == ["LiveApi.Dns.Http", ""]
    assert variables(stack, "LiveTicketFunction")["TIDINGS_LIVE_REALTIME_ENDPOINT"] == "LiveApi.Dns.Realtime"


def test_permissions_of_live_updates_are_gone_without_them(stack: Stack, off: Stack) -> None:
    def named(one: Stack) -> set[tuple[str, str, str]]:
        return {(found.function, found.action, found.resource) for found in one.permissions.all}

    assert named(stack) - named(off) == {
        ("AnnounceFunction", "appsync:EventPublish", "LiveNamespace"),
        ("AnnounceFunction", "secretsmanager:GetSecretValue", "LiveChannelSecret"),
        ("LiveTicketFunction", "dynamodb:UpdateItem", "ProviderBudgetsTable"),
        ("LiveTicketFunction", "secretsmanager:GetSecretValue", "LiveTicketSecret"),
        ("LiveTicketFunction", "secretsmanager:GetSecretValue", "LiveChannelSecret"),
        ("LiveAuthorizerFunction", "secretsmanager:GetSecretValue", "LiveTicketSecret"),
    }
    assert named(off) <= named(stack)
