"""Nested stacks in a translated template: their resources with the parent's arguments in place of parameters."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.translation import Template, load_template

KIND = "AWS::CloudFormation::Stack"
_LOCAL_BUCKET = "s3://local/"
_NAME = re.compile(r"\$\{(\w+)\}")


def inline_nested_stacks(template: Template, folder: Path) -> Template:
    """Add the resources and conditions of every nested stack. Raises ValueError if a logical id occurs twice."""
    merged: Template = {**template, "Resources": {**template["Resources"]}, "Conditions": {**template["Conditions"]}}
    for resource in template["Resources"].values():
        if resource["Type"] == KIND:
            _merge(merged, resource["Properties"], folder)
    return merged


def load_nested_template(properties: Mapping[str, Any], folder: Path) -> Template:
    """Read the template of a nested stack from the properties of its resource."""
    return load_template(folder / properties["TemplateURL"].removeprefix(_LOCAL_BUCKET))


def _merge(merged: Template, properties: Mapping[str, Any], folder: Path) -> None:
    nested, arguments = load_nested_template(properties, folder), properties["Parameters"]
    if twice := merged["Resources"].keys() & nested["Resources"].keys():
        raise ValueError(f"logical ids in two templates: {sorted(twice)}")
    merged["Resources"].update(_substitute(nested["Resources"], arguments))
    for name, condition in _substitute(nested.get("Conditions", {}), arguments).items():
        if merged["Conditions"].setdefault(name, condition) != condition:
            raise ValueError(f"condition {name} differs between the two templates")


def _substitute(value: Any, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as untyped as the template
    """Replace `Ref` and `Fn::Sub` of the nested stack's parameters with the parent's expressions."""
    if isinstance(value, list):
        return [_substitute(item, arguments) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Ref"}:
        return arguments.get(value["Ref"], value)
    if value.keys() == {"Fn::Sub"}:
        names = set(_NAME.findall(value["Fn::Sub"])) & arguments.keys()
        return {"Fn::Sub": [value["Fn::Sub"], {name: arguments[name] for name in sorted(names)}]}
    return {name: _substitute(item, arguments) for name, item in value.items()}
