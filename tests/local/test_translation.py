"""Test that templates are resolved as in a deployment, with local values."""

import re
from pathlib import Path

import pytest

from local.deployment import Deployment, place_function_urls
from local.errors import LocalCloudError
from local.intrinsics import Resolver

STACK = Path(__file__).parent / "template.yaml"
QUEUES = Path(__file__).parent / "queues" / "template.yaml"
PHYSICAL = {
    "SessionsTable": "sessions",
    "ItemsTable": "items",
    "CredentialKey.Arn": "arn:key",
    "PlaidSecret": "arn:secret",
    "BehaveFunctionUrl.FunctionUrl": "http://127.0.0.1:1/",
}


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    return Deployment(STACK, {"Greeting": "good morning", "NotDeclared": "x"})


def test_parameters_use_defaults_unless_overridden(deployment: Deployment) -> None:
    echo = {function.logical_id: function for function in deployment.functions(PHYSICAL)}["EchoFunction"]

    assert echo.environment["GREETING"] == "good morning from us-east-1"
    assert echo.environment["ALLOWED_ORIGINS"] == "https://app.example.com,https://beta.example.com"
    assert echo.timeout_s == 5
    assert echo.layers == [str(STACK.parent / "layer" / "src")]


def test_list_parameter_reaches_cors_as_a_list(deployment: Deployment) -> None:
    cors = deployment.cors()

    assert cors is not None
    assert cors.allow_origins == ["https://app.example.com", "https://beta.example.com"]
    assert cors.allow_credentials


def test_conditions_select_values(deployment: Deployment) -> None:
    with_tunnel = Deployment(STACK, {"WebhookBaseUrl": "https://tunnel.example"})

    def hook(stack: Deployment) -> str:
        return {f.logical_id: f for f in stack.functions(PHYSICAL)}["BehaveFunction"].environment["HOOK_URL"]

    assert hook(deployment) == "http://127.0.0.1:1/"
    assert hook(with_tunnel) == "https://tunnel.example/hook"


def test_aliases_resolve_to_their_functions(deployment: Deployment, tmp_path: Path) -> None:
    with_aliases = Deployment(_add_aliases(STACK, tmp_path), {})

    assert with_aliases.logical_ids("AWS::Lambda::Alias") == [
        f"{name}Aliaslive" for name in with_aliases.logical_ids("AWS::Lambda::Function")
    ]
    assert with_aliases.routes() == deployment.routes()
    assert with_aliases.schedules() == deployment.schedules()
    assert with_aliases.function_urls() == deployment.function_urls()


def test_event_source_of_an_alias_resolves_to_its_function(tmp_path: Path) -> None:
    queues = {name: name for queue in ("WorkQueue", "DeadQueue") for name in (queue, f"{queue}.Arn")}
    [source] = Deployment(_add_aliases(QUEUES, tmp_path, "Ref WorkFunction"), {}).event_sources(queues)

    assert source.function == "WorkFunction"


def _add_aliases(template: Path, folder: Path, reference: str | None = None) -> Path:
    """Copy a template, give its functions an alias, and append that alias to a reference."""
    text = re.sub(r"( +)Runtime: python3.13\n", r"\g<0>\1AutoPublishAlias: live\n", template.read_text("utf-8"))
    copied = folder / template.name
    copied.write_text(text.replace(reference, f"{reference}.Alias") if reference else text, "utf-8")
    return copied


def test_unreadable_function_reference_is_rejected(tmp_path: Path) -> None:
    source = STACK.read_text("utf-8")
    changed = tmp_path / STACK.name
    changed.write_text(
        source.replace(
            "  SessionsTable:\n",
            "  Url:\n    Type: AWS::Lambda::Url\n    Properties:\n"
            "      {AuthType: NONE, TargetFunctionArn: 'arn:aws:states:x'}\n  SessionsTable:\n",
        )
    )
    with pytest.raises(LocalCloudError, match="names no function"):
        Deployment(changed, {}).function_urls()


def test_function_urls_get_ports_in_function_order() -> None:
    placed = place_function_urls({"SnapUrl": "WebhookSnapTradeFunction", "PlaidUrl": "WebhookPlaidFunction"}, 3001)

    assert [(url.function, url.port) for url in placed] == [
        ("WebhookPlaidFunction", 3001),
        ("WebhookSnapTradeFunction", 3002),
    ]


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}]]}, "a-us-east-1"),
        ({"Fn::Sub": ["${x}/${!Literal}/${Thing.Arn}", {"x": {"Ref": "Thing"}}]}, "thing/${Literal}/arn:thing"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"kept": 1, "dropped": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
        ([{"Fn::If": ["Never", "a", {"Ref": "AWS::NoValue"}]}, "b"], ["b"]),
        ({"Fn::If": ["Always", {"Fn::FindInMap": ["M", "k", "v"]}, "no"]}, "found"),
    ],
)
def test_intrinsic_functions_are_resolved(value: object, resolved: object) -> None:
    template = {
        "Conditions": {
            "Never": {"Fn::Equals": ["a", "b"]},
            "Always": {"Fn::And": [{"Fn::Not": [{"Condition": "Never"}]}, {"Fn::Or": [{"Condition": "Never"}, True]}]},
        },
        "Mappings": {"M": {"k": {"v": "found"}}},
    }
    resolver = Resolver(template, {}, {"Thing": "thing", "Thing.Arn": "arn:thing"})

    assert resolver.resolve(value) == resolved


def test_unknown_resource_is_named_in_the_error() -> None:
    with pytest.raises(LocalCloudError, match=r"nothing for Queue\.Arn"):
        Resolver({}, {}, {}).resolve({"Fn::GetAtt": ["Queue", "Arn"]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "is missing"),
        ("Resources: [", "is not valid YAML"),
        ("a: 1", "has no Resources"),
        ("Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {Nonsense: 1}}}", "SAM refuses the template"),
    ],
)
def test_bad_template_is_reported_in_one_line(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "template.yaml"
    if text is not None:
        path.write_text(text, "utf-8")

    with pytest.raises(LocalCloudError, match=message) as caught:
        Deployment(path, {})
    assert "\n" not in str(caught.value)
