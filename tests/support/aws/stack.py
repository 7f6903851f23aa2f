"""The templates as AWS would deploy them."""

import pickle
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from local.intrinsics import Resolver
from local.translation import Parameter, Template, load_template, parameter_values, translate
from tests.support.aws import nested_stack
from tests.support.aws.iam import Permissions

ROOT = Path(__file__).resolve().parents[3]
PARAMETERS = {"AllowedOrigins": "https://app.example.com"}
_ATTRIBUTES = (
    "Arn",
    "FunctionUrl",
    "RegionalDomainName",
    "RegionalHostedZoneId",
    "ApiEndpoint",
    "QueueName",
    "StreamArn",
    "ApiArn",
    "ApiId",
    "Dns.Http",
    "Dns.Realtime",
    "ChannelNamespaceArn",
    "Outputs.DashboardName",
)


@dataclass(frozen=True)
class Stack:
    """`source` is template.yaml as written, `template` its CloudFormation with the nested stack's resources in it."""

    source: Template
    template: Template
    parameters: dict[str, Parameter]

    @classmethod
    def from_template(cls, **overrides: str) -> "Stack":
        """Return a stack of the caller's own, which it may change."""
        return cls(*pickle.loads(_translated(frozenset(overrides.items()))))  # noqa: S301 - this module wrote it

    @cached_property
    def permissions(self) -> Permissions:
        return Permissions(self.template, self.parameters)

    def resources_of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return all resources of a CloudFormation type in both templates, whatever their conditions."""
        return {name: resource for name, resource in self.template["Resources"].items() if resource["Type"] == kind}

    def resolve(self, value: object) -> Any:  # noqa: ANN401 - as untyped as the template
        """Resolve intrinsics; a resource's attributes become `Name.Attribute`."""
        return self._resolver.resolve(value)

    @cached_property
    def _resolver(self) -> Resolver:
        names = self.template["Resources"]
        physical = {name: name for name in names} | {f"{n}.{a}": f"{n}.{a}" for n in names for a in _ATTRIBUTES}
        return Resolver(self.template, self.parameters, physical)


@cache
def _translated(overrides: frozenset[tuple[str, str]]) -> bytes:
    """Translate the templates once for each set of parameters: SAM takes a quarter of a second."""
    source = load_template(ROOT / "template.yaml")
    parameters = parameter_values(source, PARAMETERS | dict(overrides))
    template = nested_stack.inline_nested_stacks(translate(source, parameters), ROOT)
    return pickle.dumps((source, template, parameters))
