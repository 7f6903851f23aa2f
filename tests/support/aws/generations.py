"""What CloudFormation replaces or deletes when one template takes the place of another."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.aws.references import referenced_names
from tests.support.aws.stack import Stack

CreateOnly = Mapping[str, Sequence[str]]
Resources = Mapping[str, Mapping[str, Any]]


def deployed_resources(stack: Stack) -> Resources:
    """Return the resources whose conditions hold, with their create-only properties as written."""
    return {
        name: resource
        for name, resource in stack.template["Resources"].items()
        if "Condition" not in resource or stack.resolve({"Condition": resource["Condition"]})
    }


def find_replaced(before: Stack, after: Stack, create_only: CreateOnly) -> set[str]:
    """Return the logical ids of resources that an update replaces or deletes, among those that exist before.

    A resource is also replaced if a create-only property refers to a replaced one. Raises KeyError for a resource type
    without recorded create-only properties.
    """
    old, new = deployed_resources(before), deployed_resources(after)
    replaced = {
        name
        for name, resource in old.items()
        if name not in new or _identity(before, resource, create_only) != _identity(after, new[name], create_only)
    }
    while more := {name for name in old.keys() - replaced if _refers_to(new[name], create_only, replaced)}:
        replaced |= more
    return replaced


def _identity(stack: Stack, resource: Mapping[str, Any], create_only: CreateOnly) -> str:
    values = stack.resolve(_create_only_properties(resource, create_only))
    return json.dumps([resource["Type"], values], sort_keys=True)


def _refers_to(resource: Mapping[str, Any], create_only: CreateOnly, names: set[str]) -> bool:
    return not names.isdisjoint(referenced_names(_create_only_properties(resource, create_only)))


def _create_only_properties(resource: Mapping[str, Any], create_only: CreateOnly) -> dict[str, Any]:
    properties = resource.get("Properties", {})
    return {name: properties[name] for name in create_only[resource["Type"]] if name in properties}
