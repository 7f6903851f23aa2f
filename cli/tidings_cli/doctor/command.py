"""Run every check and print one line for each finding."""

from collections.abc import Iterator

import click

from tidings_cli import context, errors, output
from tidings_cli.commands import Command
from tidings_cli.doctor import access, activity, addresses, keys, notifications, releases, stores
from tidings_cli.doctor.findings import Check, Finding, print_finding

CHECKS = (
    Check("credentials", access.check_credentials),
    Check("stack", access.check_stack),
    Check("clock", access.check_clock),
    Check("functions", activity.check_functions),
    Check("release", releases.check_live_alias),
    Check("secrets", keys.check_secrets),
    Check("keys", keys.check_keys),
    Check("messages", notifications.check_signing_keys),
    Check("kms", stores.check_credential_key),
    Check("tables", stores.check_tables),
    Check("queues", stores.check_queues),
    Check("webhooks", addresses.check_webhooks),
    Check("webhooks", addresses.check_signed_webhook),
    Check("api", addresses.check_api),
    Check("cors", addresses.check_cors),
    Check("sign-in", addresses.check_sign_in),
    Check("plaid items", activity.check_plaid_items),
    Check("silence", activity.check_silence),
    Check("alarms", activity.check_alarms),
)
_LEVELS = ("ok", "warning", "problem")


@click.command(cls=Command)
def doctor() -> None:
    """Check the deployment, from secrets to webhook addresses, and say how to fix each problem.

    The command writes nothing but one signed test webhook, which the event log shows as ignored. It exits with 1 if
    there is a problem.
    """
    findings = []
    for finding in _run_checks():
        findings.append(finding)
        if not output.wants_json():
            print_finding(finding)
    counts = {level: sum(one.level == level for one in findings) for level in _LEVELS}
    if output.wants_json():
        output.write_json({"ok": not counts["problem"], "findings": [one._asdict() for one in findings]})
    else:
        summary = (f"{counts['ok']} ok", *(output.format_count(counts[name], name) for name in ("warning", "problem")))
        click.echo(f"\n{', '.join(summary)}.")
    if counts["problem"]:
        raise click.exceptions.Exit(1)


def _run_checks() -> Iterator[Finding]:
    """Yield all findings; if the deployment can't be loaded, that is the only one."""
    try:
        with errors.report_in_one_line():
            deployment = context.select_deployment()
    except click.UsageError:
        raise
    except click.ClickException as error:
        yield Finding("problem", "deployment", error.message, "Nothing else could be checked.")
        return
    for check in CHECKS:
        yield from check.run(deployment)
