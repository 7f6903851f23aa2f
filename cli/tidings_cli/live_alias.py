"""Compare what the alias `live` serves with `$LATEST`, which the last deployment changed.

CloudFormation publishes a version only if the template's text of a function changes, or its Release. Otherwise users
stay on the old version, although the deployment succeeds.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ALIAS = "live"
_SETTINGS = (
    "Architectures",
    "EphemeralStorage",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)
"""Further parts of a function that a version keeps."""


class LiveAlias(NamedTuple):
    """`differences`: in what `$LATEST` differs. `next_version`: to where a gradual deployment is moving the callers."""

    version: str
    differences: tuple[str, ...]
    next_version: str | None

    @property
    def is_current(self) -> bool:
        return not self.differences and self.next_version is None


def read_live_alias(client: Any, function: str) -> LiveAlias | None:  # noqa: ANN401 - botocore's client
    """Return the state of a function's alias, or None if the function has no such alias."""
    try:
        alias = client.get_alias(FunctionName=function, Name=ALIAS)
    except client.exceptions.ResourceNotFoundException:
        return None
    live = client.get_function_configuration(FunctionName=function, Qualifier=ALIAS)
    latest = client.get_function_configuration(FunctionName=function)
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return LiveAlias(alias["FunctionVersion"], _find_differences(live, latest), next(iter(weights), None))


def _find_differences(live: "Mapping[str, Any]", latest: "Mapping[str, Any]") -> tuple[str, ...]:
    differs = {
        "code": live.get("CodeSha256") != latest.get("CodeSha256"),
        "layer": _layer_arns(live) != _layer_arns(latest),
        "environment": live.get("Environment") != latest.get("Environment"),
        "settings": any(live.get(name) != latest.get(name) for name in _SETTINGS),
    }
    return tuple(name for name, is_different in differs.items() if is_different)


def _layer_arns(configuration: "Mapping[str, Any]") -> list[str]:
    return [layer["Arn"] for layer in configuration.get("Layers", [])]
