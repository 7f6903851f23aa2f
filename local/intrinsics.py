"""CloudFormation's intrinsic functions, resolved with the local stand-ins of the resources."""

import re
from collections.abc import Callable, Mapping

from local.account import ACCOUNT, REGION
from local.errors import LocalCloudError
from local.translation import Node, Parameter, Template

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/tidings-local/0",
    "AWS::StackName": "tidings-local",
    "AWS::URLSuffix": "amazonaws.com",
}
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")
_ABSENT = object()


class Resolver:
    """Resolves values of one translated template.

    `physical` maps "LogicalId" (what Ref gives) and "LogicalId.Attribute" (what GetAtt gives) to local values.
    """

    def __init__(self, template: Template, parameters: Mapping[str, Parameter], physical: Mapping[str, str]) -> None:
        self._template = template
        self._parameters = parameters
        self._physical = physical
        self._functions: dict[str, Callable[[Node], Node]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Split": self._split,
            "Fn::Select": self._select,
            "Fn::If": self._if,
            "Fn::Equals": lambda pair: self._equals(pair),
            "Fn::Not": lambda args: not self.resolve(args[0]),
            "Fn::And": lambda args: all(self.resolve(arg) for arg in args),
            "Fn::Or": lambda args: any(self.resolve(arg) for arg in args),
            "Fn::FindInMap": self._find_in_map,
        }

    def resolve(self, value: Node) -> Node:
        """Return `value` with every intrinsic function in it replaced; `AWS::NoValue` drops its key or entry."""
        if isinstance(value, dict):
            if len(value) == 1:
                ((name, argument),) = value.items()
                if function := self._functions.get(name):
                    return function(argument)
            return {key: item for key, raw in value.items() if (item := self.resolve(raw)) is not _ABSENT}
        if isinstance(value, list):
            return [item for raw in value if (item := self.resolve(raw)) is not _ABSENT]
        return value

    def condition(self, name: str) -> bool:
        """Evaluate one of the template's Conditions."""
        return bool(self.resolve(self._template["Conditions"][name]))

    def _ref(self, name: str) -> Node:
        if name == "AWS::NoValue":
            return _ABSENT
        if name in self._parameters:
            return self._parameters[name]
        return _PSEUDO.get(name) or self._lookup(name)

    def _get_att(self, argument: Node) -> str:
        return self._lookup(argument if isinstance(argument, str) else ".".join(argument))

    def _lookup(self, name: str) -> str:
        try:
            return self._physical[name]
        except KeyError:
            raise LocalCloudError(f"the local cloud has nothing for {name}, which the template refers to") from None

    def _sub(self, argument: Node) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else (argument[0], self.resolve(argument[1]))

        def replace(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in own:
                return str(own[name])
            value = self._get_att(name) if "." in name else self._ref(name)
            return ",".join(value) if isinstance(value, list) else str(value)

        return _PLACEHOLDER.sub(replace, text)

    def _join(self, argument: Node) -> str:
        separator, parts = argument
        return str(separator).join(str(part) for part in self.resolve(parts))

    def _split(self, argument: Node) -> list[str]:
        separator, text = argument
        return str(self.resolve(text)).split(separator)

    def _select(self, argument: Node) -> Node:
        index, items = argument
        return self.resolve(items)[int(self.resolve(index))]

    def _if(self, argument: Node) -> Node:
        name, then, otherwise = argument
        return self.resolve(then if self.condition(name) else otherwise)

    def _equals(self, pair: Node) -> bool:
        left, right = (self.resolve(side) for side in pair)
        return str(left) == str(right)

    def _find_in_map(self, argument: Node) -> Node:
        name, first, second = (self.resolve(part) for part in argument)
        return self.resolve(self._template["Mappings"][name][first][second])
