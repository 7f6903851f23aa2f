"""Run checks of `tidings doctor` on a deployment that a test has changed."""

from dataclasses import replace

from tidings_cli.deployment import Deployment, Resource
from tidings_cli.doctor.command import CHECKS
from tidings_cli.doctor.findings import Finding


def findings_of_check(deployment: Deployment, check: str) -> list[Finding]:
    return [one for each in CHECKS if each.name == check for one in each.run(deployment)]


def only_problem(deployment: Deployment, check: str) -> Finding:
    """Return the only finding that is not ok, which must name an action."""
    [one] = [one for one in findings_of_check(deployment, check) if one.level != "ok"]
    assert one.do, one
    return one


def with_parameters(stack: Deployment, **changes: str) -> Deployment:
    return replace(stack, parameters={**stack.parameters, **changes})


def with_outputs(stack: Deployment, **changes: str) -> Deployment:
    return replace(stack, outputs={**stack.outputs, **changes})


def with_resource(stack: Deployment, name: str, kind: str, physical_id: str) -> Deployment:
    return replace(stack, resources={**stack.resources, name: Resource(kind, physical_id)})
