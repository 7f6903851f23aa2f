"""Which deployment a command speaks to, as the command line says before it: `--stack NAME` or `--local`.

The product reads its table names when it is imported, so a target is chosen before anything of it is.
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
    """Speak to the deployment that the command line names before the command runs (but not before its --help).

    What goes wrong in the command is said in one line.
    """

    @functools.wraps(command)
    def on_deployment(*args: P.args, **kwargs: P.kwargs) -> T:
        root = click.get_current_context().find_root()
        with errors.in_one_line():
            root.obj = select_deployment()
            return command(*args, **kwargs)

    return on_deployment


def select_deployment() -> Deployment:
    """The deployment of the command line; from here on the product's own code speaks to it too."""
    options = click.get_current_context().find_root().params
    if options["local"] == bool(options["stack"]):
        raise click.UsageError("Say which deployment: --stack NAME or --local, before the command.")
    if region := os.environ.get("AWS_REGION"):
        os.environ["AWS_DEFAULT_REGION"] = region  # the one that botocore reads; the AWS CLI reads both, this one first
    found = deployment.of_local_cloud(options["port"]) if options["local"] else deployment.of_stack(options["stack"])
    os.environ.update(found.variables())
    return found


def current_deployment() -> Deployment:
    """The deployment that was chosen for the running command."""
    found = click.get_current_context().find_root().obj
    if not isinstance(found, Deployment):
        raise TypeError("the command is not decorated with context.with_deployment")
    return found
