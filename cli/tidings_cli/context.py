"""Select the deployment that a command works on: `--stack NAME` or `--local`.

The product reads its table names at import, so the deployment is selected before any of it is imported.
"""

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

import click

from tidings_cli import commands, deployment, errors
from tidings_cli.deployment import Deployment

P = ParamSpec("P")
T = TypeVar("T")
_DEFAULT_PORT = 3000
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def with_deployment(command: Callable[P, T]) -> Callable[P, T]:
    """Select the deployment of the command line before the command runs, but not for its --help.

    Errors of the command are reported in one line.
    """

    @functools.wraps(command)
    def on_deployment(*args: P.args, **kwargs: P.kwargs) -> T:
        root = click.get_current_context().find_root()
        with errors.report_in_one_line():
            root.obj = select_deployment()
            return command(*args, **kwargs)

    return on_deployment


def select_deployment() -> Deployment:
    """Return the deployment of the command line, and set the environment for the product's own code."""
    options = commands.chosen_options()
    stack = stack_name()
    if bool(options.get("local")) == bool(stack):
        raise click.UsageError("Say which deployment: --stack NAME or --local.")
    if stack:
        _select_access(options)
        found = deployment.load_stack(stack)
    elif options.get("profile") or options.get("region"):
        raise click.UsageError("The local cloud has no profile and no region: pass --stack NAME instead of --local.")
    else:
        found = deployment.load_local_cloud(_port(options))
    os.environ.update(found.variables())
    return found


def stack_name() -> str | None:
    """Return the stack of the command line, else that of the environment unless the line names the local cloud."""
    options = commands.chosen_options()
    if named := options.get("stack"):
        return str(named)
    return None if options.get("local") else os.environ.get("TIDINGS_STACK")


def _port(options: Mapping[str, Any]) -> int:
    try:
        return int(options.get("port") or os.environ.get("PORT") or _DEFAULT_PORT)
    except ValueError:
        raise click.UsageError(f"PORT is not a number: {os.environ['PORT']}") from None


def _select_access(options: Mapping[str, Any]) -> None:
    """Set botocore's profile and region. As with the AWS CLI, a named profile wins over keys in the environment."""
    if profile := options.get("profile"):
        os.environ["AWS_PROFILE"] = profile
        for name in _KEYS:
            os.environ.pop(name, None)
    if region := options.get("region") or os.environ.get("AWS_REGION"):
        # botocore reads AWS_DEFAULT_REGION only; the AWS CLI reads both and prefers AWS_REGION.
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region


def current_deployment() -> Deployment:
    """Return the deployment that the running command works on."""
    found = click.get_current_context().find_root().obj
    if not isinstance(found, Deployment):
        raise TypeError("the command is not decorated with context.with_deployment")
    return found
