"""Check that users are served by what was deployed last."""

from tidings_cli.deployment import Deployment
from tidings_cli.doctor.access import CheckResults
from tidings_cli.live_alias import ALIAS, read_live_alias


def check_live_alias(deployment: Deployment) -> CheckResults:
    """Compare every function's alias with the function's last state."""
    functions = deployment.of_kind("AWS::Lambda::Function")
    if deployment.local:
        yield "ok", "the local cloud has one version of each function", ""
        return
    from tidings.aws import clients

    client = clients.aws_client("lambda")
    found = {logical_id: read_live_alias(client, name) for logical_id, name in functions.items()}
    if missing := [name for name, alias in found.items() if alias is None]:
        yield "problem", f"no alias {ALIAS}: {', '.join(missing)}", "Deploy this version of the template."
    present = {name: alias for name, alias in found.items() if alias is not None}
    if shifting := [f"{name} to {one.next_version}" for name, one in present.items() if one.next_version]:
        yield (
            "warning",
            f"a gradual deployment is in progress: {', '.join(shifting)}",
            "Wait until it is finished, then run the command again.",
        )
    stale = {name: one for name, one in present.items() if one.differences and not one.next_version}
    if stale:
        described = (f"{name} {one.version} ({', '.join(one.differences)})" for name, one in stale.items())
        yield (
            "problem",
            f"{ALIAS} serves a version older than the last deployment: {', '.join(described)}",
            "make deploy, which sets Release (docs/upgrading.md).",
        )
    if all(one.is_current for one in present.values()) and not missing:
        yield "ok", f"{len(present)} serve what was deployed last", ""
