"""The `tidings` command."""

import click

from tidings_cli.doctor.command import doctor
from tidings_cli.events import events
from tidings_cli.items import items
from tidings_cli.protection import protect
from tidings_cli.sessions import sessions
from tidings_cli.status import status
from tidings_cli.teardown import teardown
from tidings_cli.users import users


@click.group()
@click.option(
    "--stack", envvar="TIDINGS_STACK", help="The name of the deployed stack, in the AWS account of your profile."
)
@click.option("--local", is_flag=True, help="The local cloud of `make run`.")
@click.option(
    "--port", envvar="PORT", type=int, default=3000, show_default=True, help="The port of the local cloud's page."
)
def main(**_deployment: object) -> None:
    """Operate a Tidings deployment, on AWS (--stack) or on this machine (--local)."""


main.add_command(doctor)
main.add_command(events)
main.add_command(items)
main.add_command(protect)
main.add_command(sessions)
main.add_command(status)
main.add_command(teardown)
main.add_command(users)
