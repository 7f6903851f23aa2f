"""Select the deployment that a command works on: `--stack NAME` or `--local`, before the command.

The product reads its table names at import, so the deployment is selected before any of it is imported.
"""

import functools
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from tidings_cli import deployment, errors
from tidings_cli.deployment import Deployment

P = ParamSpec("P")
T = TypeVar("T")


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
    options = click.get_current_context().find_root().params
    if options["local"] == bool(options["stack"]):
        raise click.UsageError("Say which deployment: --stack NAME or --local, before the command.")
    if region := os.environ.get("AWS_REGION"):
        os.environ["AWS_DEFAULT_REGION"] = (
            region  # botocore reads this name only; the AWS CLI reads both and prefers AWS_REGION
        )
    found = (
        deployment.load_local_cloud(options["port"]) if options["local"] else deployment.load_stack(options["stack"])
    )
    os.environ.update(found.variables())
    return found


def current_deployment() -> Deployment:
    """Return the deployment that the running command works on."""
    found = click.get_current_context().find_root().obj
    if not isinstance(found, Deployment):
        raise TypeError("the command is not decorated with context.with_deployment")
    return found
