"""Runs every check and prints a line each."""

from collections.abc import Iterator

import click

from tidings_cli import context, errors, output
from tidings_cli.doctor import access, activity, addresses, keys, stores
from tidings_cli.doctor.findings import Check, Finding

CHECKS = (
    Check("credentials", access.credentials),
    Check("stack", access.stack),
    Check("clock", access.clock),
    Check("functions", activity.functions),
    Check("secrets", keys.secrets),
    Check("keys", keys.accepted),
    Check("kms", stores.key),
    Check("tables", stores.tables),
    Check("queues", stores.queues),
    Check("webhooks", addresses.webhooks),
    Check("webhooks", addresses.signed_webhook),
    Check("api", addresses.api),
    Check("cors", addresses.cors),
    Check("sign-in", addresses.sign_in),
    Check("plaid items", activity.plaid_items),
    Check("silence", activity.silence),
    Check("alarms", activity.alarms),
)
_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command()
@output.as_json
def doctor(as_json: bool) -> None:
    """Check the deployment, from secrets to webhook addresses, and say what to do about what is wrong.

    It writes nothing but one signed webhook without a meaning, which the log of webhooks shows as ignored. It ends
    with 1 when there is a problem.
    """
    findings = []
    for finding in _looked():
        findings.append(finding)
        if not as_json:
            _print(finding)
    counts = {level: sum(one.level == level for one in findings) for level in _COLOURS}
    if as_json:
        output.write_json({"ok": not counts["problem"], "findings": [one._asdict() for one in findings]})
    else:
        told = (f"{counts['ok']} ok", *(output.counted(counts[name], name) for name in ("warning", "problem")))
        click.echo(f"\n{', '.join(told)}.")
    if counts["problem"]:
        raise click.exceptions.Exit(1)


def _looked() -> Iterator[Finding]:
    """When the deployment can't be read, that is the only finding there is."""
    try:
        with errors.in_one_line():
            deployment = context.select_deployment()
    except click.UsageError:
        raise
    except click.ClickException as error:
        yield Finding("problem", "deployment", error.message, "Nothing else could be checked.")
        return
    for check in CHECKS:
        yield from check.run(deployment)


def _print(finding: Finding) -> None:
    level = click.style(f"{finding.level:<8}", fg=_COLOURS[finding.level], bold=finding.level == "problem")
    click.echo(f"{level} {finding.check:<12} {output.printable(finding.says)}")
    if finding.do and finding.level != "ok":
        click.echo(f"{'':<8} {'':<12} -> {output.printable(finding.do)}")
