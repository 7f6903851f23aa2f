"""SAM template -> CloudFormation, offline, with the translator that AWS runs when the stack is deployed."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.account import REGION
from local.errors import LocalCloudError

_PACKAGED_PROPERTIES = {
    "AWS::Serverless::Application": "Location",
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}
"""By resource type, the property with a local path that `sam package` replaces with an S3 address."""

_LOCAL_BUCKET = "s3://local/"

Node = Any  # of a template: a text, number, list or mapping, with intrinsic functions in it
Template = dict[str, Node]
Parameter = str | list[str]


def load_template(path: Path) -> Template:
    """Read a template with CloudFormation's short tags (`!Ref`, `!Sub`, ...) in their long form."""
    try:
        template = yaml.load(path.read_text("utf-8"), _loader())  # noqa: S506 - it derives from the safe loader
    except FileNotFoundError:
        raise LocalCloudError(f"{path} is missing: build it first, or run from the project's root") from None
    except yaml.YAMLError as error:
        raise LocalCloudError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(template, dict) or "Resources" not in template:
        raise LocalCloudError(f"{path} has no Resources")
    return template


def translate(template: Template, parameters: Mapping[str, Parameter]) -> Template:
    """Return the CloudFormation template that SAM makes of `template`; local paths become S3 keys."""
    # Imported here: MiniStack and the simulators start before the translator is loaded, which takes a second.
    import boto3
    from samtranslator.model.exceptions import InvalidDocumentException  # type: ignore[import-untyped]
    from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
    from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

    packaged = _package(json.loads(json.dumps(template, default=str)))
    translator = Translator({}, Parser(), None, boto3.Session(region_name=REGION))
    try:
        translated: Template = translator.translate(packaged, dict(parameters))
    except InvalidDocumentException as error:
        raise LocalCloudError(f"SAM refuses the template: {error.message}") from error
    return translated


@cache
def _loader() -> type[yaml.CSafeLoader]:
    """Return a loader that reads CloudFormation's tags as SAM does, with libyaml: six times as fast as PyYAML's own."""
    from samtranslator.yaml_helper import intrinsics_multi_constructor  # type: ignore[import-untyped]

    class Loader(yaml.CSafeLoader):
        pass

    Loader.add_multi_constructor("!", intrinsics_multi_constructor)
    return Loader


def parameter_values(template: Template, overrides: Mapping[str, str]) -> dict[str, Parameter]:
    """Every parameter of the template: its default, or the override of that name (others are no concern of it)."""
    declared: dict[str, dict[str, Any]] = template.get("Parameters", {})
    without = [name for name, spec in declared.items() if name not in overrides and "Default" not in spec]
    if without:
        raise LocalCloudError(f"the template's parameters {', '.join(without)} have no default and no local value")
    return {name: _value(spec, overrides.get(name, spec.get("Default"))) for name, spec in declared.items()}


def _value(declaration: dict[str, Any], given: Node) -> Parameter:
    """Type a parameter as CloudFormation does: text, or a list of texts."""
    text = str(given).lower() if isinstance(given, bool) else str(given)
    kind = declaration.get("Type", "String")
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [part.strip() for part in text.split(",")]
    return text


def _package(template: Template) -> Template:
    """Replace local paths as `sam package` does, without a bucket: the translator accepts only S3 URIs."""
    function_globals = template.get("Globals", {}).get("Function", {})
    _to_s3(function_globals, "CodeUri")
    for resource in template["Resources"].values():
        if name := _PACKAGED_PROPERTIES.get(resource["Type"]):
            _to_s3(resource.get("Properties", {}), name)
    return template


def _to_s3(properties: dict[str, Any], name: str) -> None:
    location = properties.get(name)
    if isinstance(location, str) and not location.startswith("s3://"):
        properties[name] = _LOCAL_BUCKET + location.removeprefix("./").strip("/")
