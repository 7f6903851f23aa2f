"""The `tidings` command."""

import click

from tidings_cli.commands import Group
from tidings_cli.doctor.command import doctor
from tidings_cli.events import events
from tidings_cli.items import items
from tidings_cli.notify import notify
from tidings_cli.protection import protect
from tidings_cli.sessions import sessions
from tidings_cli.smoke.command import smoke
from tidings_cli.status import status
from tidings_cli.teardown import teardown
from tidings_cli.users import users


@click.group(cls=Group)
@click.version_option(package_name="tidings-cli", prog_name="tidings", message="%(prog)s %(version)s")
def main() -> None:
    """Operate a Tidings deployment, on AWS (--stack) or on this machine (--local)."""


main.add_command(doctor)
main.add_command(events)
main.add_command(items)
main.add_command(notify)
main.add_command(protect)
main.add_command(sessions)
main.add_command(smoke)
main.add_command(status)
main.add_command(teardown)
main.add_command(users)
