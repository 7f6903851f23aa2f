"""Evaluate the template's policies: what each function may do, and which permissions a record of calls used.

Conditions follow the DynamoDB developer guide, "Using IAM policy conditions for fine-grained access control": a read
always has a `Select` (ALL_ATTRIBUTES unless it projects). `Attributes` are all names in a request, with its key's.
AWS does not document whether `ReturnValuesOnConditionCheckFailure` counts as `ReturnValues`. Here it does: a function
that passes can not use it to read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from local.intrinsics import Resolver
from local.translation import Parameter, Template

_READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"}
_RETURNS = ("ReturnValues", "ReturnValuesOnConditionCheckFailure")


@dataclass(frozen=True)
class Call:
    """One action of one function on one resource: logical ids, an index as `Table/index/name`.

    A batch or a transaction is one Call for each action in it.
    """

    function: str
    action: str
    resource: str
    attributes: frozenset[str] = frozenset()
    select: str | None = None
    return_values: str | None = None
    encryption_context: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, line: Mapping[str, Any]) -> Self:
        """Read one line of the local cloud's record (local/recorder/calls.py)."""
        return cls(
            function=line["function"],
            action=f"{line['service']}:{line['action']}",
            resource=_resource(line),
            attributes=frozenset(line.get("attributes") or ()),
            select=line.get("Select"),
            return_values=next((line[name] for name in _RETURNS if line.get(name, "NONE") != "NONE"), None),
            encryption_context=frozenset(line.get("encryption_context") or ()),
        )

    @property
    def context(self) -> dict[str, list[str]]:
        """Condition keys that the request has, without absent keys."""
        select = self.select or ("ALL_ATTRIBUTES" if self.action in _READS else None)
        keys = {
            "dynamodb:Attributes": sorted(self.attributes),
            "dynamodb:Select": [select] if select else [],
            "dynamodb:ReturnValues": [self.return_values] if self.return_values else [],
            "kms:EncryptionContextKeys": sorted(self.encryption_context),
        }
        return {key: values for key, values in keys.items() if values}


@dataclass(frozen=True, order=True)
class Permission:
    """One action on one resource that one statement allows."""

    function: str
    sid: str
    action: str
    resource: str
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def allows(self, call: Call) -> bool:
        named = (self.function, self.action, self.resource) == (call.function, call.action, call.resource)
        return named and all(
            _holds(operator, tests, call.context) for operator, tests in sorted(self.conditions.items())
        )


class Permissions:
    """The inline policies of every function's role. They contain only Allow: the template denies by omission."""

    def __init__(self, template: Template, parameters: Mapping[str, Parameter]) -> None:
        self._template = template
        names = list(template["Resources"])
        streams = {f"{name}.StreamArn": f"{name}/stream" for name in names}
        arns = {f"{name}.{kind}": name for name in names for kind in ("Arn", "ChannelNamespaceArn")}
        physical = {name: name for name in names} | arns | streams
        self._resolver = Resolver(template, parameters, physical)
        self.all = sorted(permission for function in self.functions for permission in self._role_permissions(function))

    @property
    def functions(self) -> list[str]:
        resources = self._template["Resources"].items()
        return sorted(name for name, resource in resources if resource["Type"] == "AWS::Lambda::Function")

    def role(self, function: str) -> dict[str, Any]:
        """The properties of a function's role, intrinsics resolved to logical ids."""
        role = self._resolver.resolve(self._template["Resources"][function]["Properties"]["Role"])
        properties: dict[str, Any] = self._resolver.resolve(self._template["Resources"][role]["Properties"])
        return properties

    def granted(self, function: str) -> dict[str, set[str]]:
        """Map each resource to the actions that the function may call, without the service prefix."""
        table: dict[str, set[str]] = {}
        for permission in self.all:
            if permission.function == function:
                table.setdefault(permission.resource, set()).add(permission.action.partition(":")[2])
        return table

    def allows(self, call: Call) -> bool:
        return any(permission.allows(call) for permission in self.all)

    def forbidden(self, calls: Iterable[Call]) -> list[Call]:
        """Return the calls that IAM would deny."""
        return [call for call in calls if not self.allows(call)]

    def unused(self, calls: Iterable[Call]) -> list[Permission]:
        """Return the permissions that no call used."""
        made = list(calls)
        return [permission for permission in self.all if not any(permission.allows(call) for call in made)]

    def _role_permissions(self, function: str) -> Iterator[Permission]:
        for policy in self.role(function).get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield from _permissions(function, statement)


def _resource(line: Mapping[str, Any]) -> str:
    if line.get("key"):
        return "CredentialKey"  # the record has its physical id; there is only this one
    name = str(line.get("table") or line.get("secret") or line.get("queue") or line.get("namespace"))
    return f"{name}/index/{line['index']}" if line.get("index") else name


def _permissions(function: str, statement: dict[str, Any]) -> Iterator[Permission]:
    if statement["Effect"] != "Allow" or statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition"}:
        raise ValueError(f"{function}: this evaluator does not know the statement {statement}")
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Permission(function, statement.get("Sid", ""), action, resource, statement.get("Condition", {}))


def _holds(operator: str, tests: Mapping[str, Any], context: Mapping[str, list[str]]) -> bool:
    return all(_key_holds(operator, context.get(key), _listed(wanted)) for key, wanted in tests.items())


def _key_holds(operator: str, present: list[str] | None, wanted: list[str]) -> bool:
    match operator:
        case "StringEquals":
            return present is not None and present[0] in wanted
        case "StringEqualsIfExists":
            return present is None or present[0] in wanted
        case "ForAllValues:StringEquals":
            return set(present or ()) <= set(wanted)
        case "Null":
            return (present is None) == (wanted == ["true"])
    raise ValueError(f"this evaluator does not know the condition operator {operator}")


def _listed(value: object) -> list[str]:
    return [str(entry) for entry in value] if isinstance(value, list) else [str(value)]
