"""Record what an update of an older deployment must keep, from the template of a commit.

    .venv/bin/python -m tools.generations COMMIT...

cfn-lint has a copy of CloudFormation's registry, which lists create-only properties. A change of such a property
replaces the resource.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local.translation import Template, load_template, parameter_values, translate

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "tests" / "repository" / "template" / "generations.json"
_REGION = "us-east-1"
_PARAMETERS = {"AllowedOrigins": "https://app.example.com"}
_EVERY_TYPE = {"GradualDeployments": "Canary10Percent5Minutes"}
_UNREPLACED = {
    "AWS::DynamoDB::Table": ("AttributeDefinitions", "GlobalSecondaryIndexes"),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "MultiRegion"),
    "AWS::Lambda::EventSourceMapping": ("FunctionName",),
    "AWS::Lambda::Url": ("AuthType",),
    "AWS::Route53::RecordSet": ("Name", "Type"),
    "AWS::SecretsManager::Secret": ("SecretString",),
}
"""Properties that CloudFormation can change in place, but whose change loses data or refuses callers."""

_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")

KEPT = (
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Stage",
    "AWS::DynamoDB::Table",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::Url",
    "AWS::Logs::LogGroup",
    "AWS::Route53::RecordSet",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
)
"""The types of resources that hold state or have an address."""


def select_identity(resource: dict[str, Any], create_only: dict[str, list[str]]) -> dict[str, Any]:
    """Return the properties whose change replaces the resource, or loses what it holds."""
    names = (*create_only[resource["Type"]], *_UNREPLACED.get(resource["Type"], ()))
    properties = resource.get("Properties", {})
    return {name: properties[name] for name in names if name in properties}


def reduce_generation(template: Template, create_only: dict[str, list[str]]) -> dict[str, Any]:
    """Return the kept resources by logical id, and the outputs' values."""
    resources = {
        name: {part: resource[part] for part in ("Type", *_POLICIES, "Condition") if part in resource}
        | {"Properties": select_identity(resource, create_only)}
        for name, resource in template["Resources"].items()
        if resource["Type"] in KEPT
    }
    return {"Resources": resources, "Outputs": {name: one["Value"] for name, one in template["Outputs"].items()}}


def _create_only(types: Iterable[str]) -> dict[str, list[str]]:
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

    found = {}
    for one in sorted(types):
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, one).schema
        paths = schema.get("createOnlyProperties", []) + schema.get("conditionalCreateOnlyProperties", [])
        found[one] = sorted({path.split("/")[2] for path in paths})
    return found


def _translate_commit(commit: str) -> Template:
    command = ["git", "show", f"{commit}:template.yaml"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    with TemporaryDirectory() as folder:
        file = Path(folder, "template.yaml")
        file.write_bytes(shown.stdout)
        return _translate(file)


def _translate(file: Path, overrides: dict[str, str] | None = None) -> Template:
    source = load_template(file)
    return translate(source, parameter_values(source, _PARAMETERS | (overrides or {})))


def main(commits: list[str]) -> None:
    nested = load_template(ROOT / "observability.yaml")["Resources"].values()
    now = _translate(ROOT / "template.yaml", _EVERY_TYPE)["Resources"].values()
    older = {commit: _translate_commit(commit) for commit in commits}
    types = {one["Type"] for one in (*nested, *now)}
    for template in older.values():
        types |= {one["Type"] for one in template["Resources"].values()}
    create_only = _create_only(types)
    generations = {commit: reduce_generation(template, create_only) for commit, template in older.items()}
    written = {"create_only": create_only, "generations": generations}
    FILE.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
