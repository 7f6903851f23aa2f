"""`tidings teardown`: disconnect what costs money at the providers, and only then delete the stack."""

from collections.abc import Mapping

import click

from tidings_cli import context, errors, output, protection, stack_deletion
from tidings_cli.commands import Command
from tidings_cli.deployment import Deployment, NoSuchStack
from tidings_cli.disconnect import KINDS, Inventory

_PASSES = 3
"""A user may connect while the other items are being disconnected."""


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Show what is connected; disconnect and delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for the stack's name.")
@click.option("--delete-stack", is_flag=True, help="Delete the CloudFormation stack afterwards, too.")
@click.option("--force", is_flag=True, help="Delete the stack even if something is left at a provider.")
def teardown(dry_run: bool, yes: bool, delete_stack: bool, force: bool) -> None:
    """Disconnect every Plaid item and SnapTrade user of the deployment, so that nothing costs money any more.

    Take the app offline first. All sessions are revoked too. Repeat the command after any failure or interruption: the
    stack is not deleted while anything is left at a provider. Tables and KMS key are retained in any case. Before it
    deletes the stack it lifts the protection that `tidings protect` set.
    """
    if force and not delete_stack:
        raise click.UsageError("--force needs --delete-stack.")
    with errors.report_in_one_line():
        try:
            deployment = context.select_deployment()
        except NoSuchStack as gone:
            _report_deleted(gone)
            return
        if deployment.local and delete_stack:
            raise click.UsageError("The local cloud is not a stack: stop it, then run `make clean`.")
        _tear_down(deployment, dry_run=dry_run, ask=not yes, delete_stack=delete_stack, force=force)


def _report_deleted(gone: NoSuchStack) -> None:
    """Report a stack that was deleted before; raise for a wrong name. AWS lists deleted stacks for 90 days."""
    name = context.stack_name() or ""
    left = stack_deletion.list_retained_of_deleted(name)
    if left is None:
        raise gone
    output.print_progress(f"Stack {name} was deleted before.")
    _print_list("Retained resources:", left)
    _print_json({"stack_deleted": True, "retained": left})


def _tear_down(deployment: Deployment, *, dry_run: bool, ask: bool, delete_stack: bool, force: bool) -> None:
    from tidings_cli import disconnect

    inventory = disconnect.take_inventory()
    _print_inventory(inventory)
    if dry_run:
        _print_json({"dry_run": True, "connected": {name: inventory.count(name) for name in KINDS}})
        return
    if ask:
        question = f"Type {deployment.name} to disconnect all of it"
        typed = click.prompt(question, default="", show_default=False, err=output.wants_json())
        if typed != deployment.name:
            raise click.ClickException("Nothing was disconnected.")
    left = _count_left(_disconnect_everything(inventory))
    if any(left.values()):
        _refuse_or_warn(deployment, left, force=force)
    else:
        output.print_progress("Nothing is left at the providers.")
    retained = _finish(deployment, delete_stack=delete_stack)
    _print_json({"left": left, "stack_deleted": delete_stack, "retained": retained})


def _print_inventory(found: Inventory) -> None:
    connected = [output.format_count(found.count(name), what) for name, what in KINDS.items()]
    output.print_progress(f"{' and '.join(connected)} of {output.format_count(found.users, 'user')} to disconnect.")
    if found.disconnected:
        output.print_progress(
            f"{output.format_count(found.disconnected, 'item')} without a credential: already disconnected."
        )
    if found.orphans:
        output.print_progress(
            f"{output.format_count(found.orphans, 'item')} that no user has linked: nothing to disconnect."
        )
    if found.unknown_users:
        click.echo(
            f"SnapTrade has {output.format_count(found.unknown_users, 'more user')} for this key, unknown to this"
            " deployment: they belong to another one or are left over. None is touched; see SnapTrade's dashboard.",
            err=True,
        )


def _disconnect_everything(inventory: Inventory) -> set[str]:
    """Disconnect all items; return the SnapTrade users. Sessions first: an open page could connect again."""
    from tidings.store import admin_queries, sessions
    from tidings_cli import disconnect

    sessions.delete_sessions([one.session for one in admin_queries.list_sessions(None)])
    deleted: set[str] = set()
    for _ in range(_PASSES):
        if not inventory.connected:
            break
        counts = disconnect.disconnect_all(inventory.connected, output.print_progress)
        output.print_progress(f"{counts['disconnected']} disconnected, {counts['failed']} failed.")
        deleted |= inventory.snaptrade_users
        if counts["failed"]:
            break
        inventory = disconnect.take_inventory()
    return deleted


def _count_left(deleted: set[str]) -> Mapping[str, int]:
    """Count by provider what still has its credential here, or still exists at the provider."""
    from tidings_cli import disconnect

    now = disconnect.take_inventory()
    still_listed = disconnect.wait_for_deletion(deleted - now.snaptrade_users)
    return {"plaid": now.count("plaid"), "snaptrade": len(now.snaptrade_users | still_listed)}


def _refuse_or_warn(deployment: Deployment, left: Mapping[str, int], *, force: bool) -> None:
    remaining = " and ".join(output.format_count(number, KINDS[name]) for name, number in left.items() if number)
    if not force:
        raise click.ClickException(
            f"Still connected at the providers: {remaining}. Run the command again; the stack was not deleted."
        )
    click.echo(
        f"Left behind by --force: {remaining} may still cost money. The providers' keys are deleted with the stack; the"
        f" credentials stay in {deployment.physical('ProviderItemsTable')}, readable while the KMS key exists.",
        err=True,
    )


def _finish(deployment: Deployment, *, delete_stack: bool) -> list[str]:
    """Delete the stack if that is wanted, and return how to delete what it retains."""
    if deployment.local:
        return []
    if delete_stack:
        protection.lift(deployment)
        stack_deletion.delete(deployment)
    else:
        _print_list("Lift its protection first:", protection.list_lifting(deployment))
        output.print_progress(
            f"The stack can be deleted now: aws cloudformation delete-stack --stack-name {deployment.name}"
        )
    retained = stack_deletion.list_deletions(deployment)
    _print_list("Tables and key are retained with their contents until you delete them:", retained)
    return retained


def _print_json(result: Mapping[str, object]) -> None:
    if output.wants_json():
        output.write_json(result)


def _print_list(title: str, lines: list[str]) -> None:
    if lines:
        output.print_progress(title)
    for line in lines:
        output.print_progress(f"  {line}")
