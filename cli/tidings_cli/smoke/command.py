"""Run the smoke checks, and print what is wrong and one line."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import click

from tidings_cli import context, output
from tidings_cli.commands import Command
from tidings_cli.deployment import Deployment
from tidings_cli.doctor import http_probe
from tidings_cli.doctor.command import CHECKS
from tidings_cli.doctor.findings import Check, Finding, print_finding
from tidings_cli.smoke import cold_start, sign_in, webhooks

_NOT_DEPLOYED = frozenset({"keys", "plaid items", "silence", "alarms", "queues"})
"""Doctor's checks that call a provider, or tell of the time before this deployment."""


@click.command(cls=Command)
@click.option(
    "--max-init-ms", type=click.IntRange(min=1), default=3000, show_default=True, help="The limit of a start."
)
@click.option("--connect-to", metavar="URL", help="Send all requests to this server: an emulation of AWS.")
@context.with_deployment
def smoke(max_init_ms: int, connect_to: str | None) -> None:
    """Use the deployment from outside, with its own secrets and no account at a provider.

    It sends webhooks (signed, forged, too large), signs in, polls, ends the session, checks origins and the time of a
    cold start, and runs those of doctor's checks that need no provider and no history. It prints what is wrong, and
    one line. It exits with 1 if there is a problem. What it stores it deletes, but for the log of its webhooks.
    """
    with http_probe.connect_to(connect_to):
        findings = list(_run_checks(context.current_deployment(), max_init_ms))
    counts: Counter[str] = Counter(one.level for one in findings)
    if output.wants_json():
        output.write_json({"ok": not counts["problem"], "findings": [one._asdict() for one in findings]})
    else:
        for finding in findings:
            if finding.level != "ok":
                print_finding(finding)
        troubles = [output.format_count(counts[level], level) for level in ("warning", "problem")]
        summary = ", ".join([f"{counts['ok']} ok", *troubles, f"{counts['skipped']} not checked"])
        click.echo(f"smoke of {context.current_deployment().name}: {summary}.")
    if counts["problem"]:
        raise click.exceptions.Exit(1)


def _run_checks(deployment: Deployment, max_init_ms: int) -> Iterator[Finding]:
    """Yield all findings; the cold start last, when its log lines have had time to arrive."""
    for check in (
        Check("webhooks", webhooks.check_orphan_webhook),
        Check("webhooks", webhooks.check_forged_webhook),
        Check("webhooks", webhooks.check_large_webhook),
        Check("session", sign_in.check_session),
        *(check for check in CHECKS if check.name not in _NOT_DEPLOYED),
        Check("cold start", partial(cold_start.check_cold_start, max_init_ms=max_init_ms)),
    ):
        yield from check.run(deployment)
