"""`tidings teardown`: end what costs money at the providers, and only then the stack."""

from collections.abc import Mapping

import click

from tidings_cli import context, errors, output, stack_deletion
from tidings_cli.deployment import Deployment, NoSuchStack
from tidings_cli.disconnect import KINDS, Held

_PASSES = 3
"""Somebody may connect while the others are ended."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what there is, end and delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for the stack's name.")
@click.option("--delete-stack", is_flag=True, help="Delete the CloudFormation stack afterwards, too.")
@click.option("--force", is_flag=True, help="Delete the stack even if something is left at a provider.")
def teardown(dry_run: bool, yes: bool, delete_stack: bool, force: bool) -> None:
    """End every Plaid item and SnapTrade user of the deployment, so that nothing goes on costing money.

    Take the app offline first. Sessions end too. It can be repeated after any failure or interruption; the stack is
    not deleted while anything is left at a provider. Tables and key stay in any case.
    """
    if force and not delete_stack:
        raise click.UsageError("--force is for --delete-stack.")
    with errors.in_one_line():
        try:
            deployment = context.select_deployment()
        except NoSuchStack as gone:
            _say_deleted(gone)
            return
        if deployment.local and delete_stack:
            raise click.UsageError("The local cloud is no stack: stop it, then `make clean`.")
        _tear_down(deployment, dry_run=dry_run, ask=not yes, delete_stack=delete_stack, force=force)


def _say_deleted(gone: NoSuchStack) -> None:
    """Done before, or a wrong name: AWS remembers deleted stacks for 90 days."""
    name = click.get_current_context().find_root().params["stack"]
    left = stack_deletion.deleted_before(name)
    if left is None:
        raise gone
    click.echo(f"Stack {name} is deleted already.")
    _list("Left of it:", left)


def _tear_down(deployment: Deployment, *, dry_run: bool, ask: bool, delete_stack: bool, force: bool) -> None:
    from tidings_cli import disconnect

    found = disconnect.held()
    _say_what_there_is(found)
    if dry_run:
        return
    if ask:
        typed = click.prompt(f"Type {deployment.name} to end all of it", default="", show_default=False)
        if typed != deployment.name:
            raise click.ClickException("Nothing was ended.")
    left = _left(_end(found))
    if any(left.values()):
        _refuse_or_warn(deployment, left, force=force)
    else:
        click.echo("Nothing is left at the providers.")
    _finish(deployment, delete_stack=delete_stack)


def _say_what_there_is(found: Held) -> None:
    told = [output.counted(found.of(name), what) for name, what in KINDS.items()]
    click.echo(f"{' and '.join(told)} of {output.counted(found.users, 'user')} to end.")
    if found.ended:
        click.echo(f"{output.counted(found.ended, 'item')} without a credential: ended before.")
    if found.orphans:
        click.echo(f"{output.counted(found.orphans, 'item')} that no user has linked: nothing can be ended with us.")
    if found.foreign:
        click.echo(
            f"SnapTrade has {output.counted(found.foreign, 'more user')} for this key, which this deployment does not"
            " know: of another one, or left behind. They are left alone; see SnapTrade's dashboard.",
            err=True,
        )


def _end(found: Held) -> set[str]:
    """The SnapTrade users that were ended. Sessions first: a page that is open could connect anew."""
    from tidings.store import sessions, surveys
    from tidings_cli import disconnect

    sessions.delete([one.session for one in surveys.sessions(None)])
    ended: set[str] = set()
    for _ in range(_PASSES):
        if not found.endable:
            break
        counts = disconnect.end_all(found.endable, click.echo)
        click.echo(f"{counts['ended']} ended, {counts['failed']} failed.")
        ended |= found.snaptrade
        if counts["failed"]:
            break
        found = disconnect.held()
    return ended


def _left(ended: set[str]) -> Mapping[str, int]:
    """By provider, what is still here with its credential, or still there."""
    from tidings_cli import disconnect

    now = disconnect.held()
    there = disconnect.still_at_snaptrade(ended - now.snaptrade)
    return {"plaid": now.of("plaid"), "snaptrade": len(now.snaptrade | there)}


def _refuse_or_warn(deployment: Deployment, left: Mapping[str, int], *, force: bool) -> None:
    told = " and ".join(output.counted(number, KINDS[name]) for name, number in left.items() if number)
    if not force:
        raise click.ClickException(f"Still at the providers: {told}. Run it again; the stack was not deleted.")
    click.echo(
        f"Lost with --force: {told} may go on costing money. The providers' keys go with the stack's secrets; the"
        f" credentials stay in {deployment.physical('ProviderItemsTable')}, readable while the key is kept.",
        err=True,
    )


def _finish(deployment: Deployment, *, delete_stack: bool) -> None:
    if deployment.local:
        return
    if delete_stack:
        stack_deletion.delete(deployment)
    else:
        click.echo(f"The stack can go now: aws cloudformation delete-stack --stack-name {deployment.name}")
    _list("Tables and key stay, with what is in them, until you delete them:", stack_deletion.retained(deployment))


def _list(title: str, lines: list[str]) -> None:
    if lines:
        click.echo(title)
    for line in lines:
        click.echo(f"  {line}")
