"""The checks' findings, also for a check that fails itself."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import click

from tidings_cli.deployment import Deployment

Level = Literal["ok", "warning", "problem", "skipped"]
"""`skipped`: what this deployment or machine can't check."""

_COLORS = {"ok": "green", "warning": "yellow", "problem": "red", "skipped": "cyan"}


class Finding(NamedTuple):
    """`do`: the operator's next step; empty if nothing is to be done."""

    level: Level
    check: str
    says: str
    do: str = ""


Inspect = Callable[[Deployment], Iterator[tuple[Level, str, str]]]


class Check(NamedTuple):
    """`inspect` yields the level, the finding and the next step."""

    name: str
    inspect: Inspect

    def run(self, deployment: Deployment) -> Iterator[Finding]:
        """Yield every finding; a check that fails itself is a finding too."""
        from botocore.exceptions import BotoCoreError, ClientError

        from tidings.errors import TidingsError
        from tidings.settings import MissingSetting
        from tidings_cli.doctor.http_probe import Unreachable

        try:
            for level, says, do in self.inspect(deployment):
                yield Finding(level, self.name, says, do)
        except ClientError as error:
            yield self._check_failed(error, "warning" if _is_denied(error) else "problem")
        except (BotoCoreError, TidingsError, MissingSetting, Unreachable) as error:
            yield self._check_failed(error, "problem")

    def _check_failed(self, error: Exception, level: Level) -> Finding:
        from tidings_cli import errors

        return Finding(
            level, self.name, f"could not be checked: {errors.describe(error)}", "Fix that, then run the command again."
        )


def _is_denied(error: Exception) -> bool:
    from tidings_cli import errors

    return errors.is_denied(error)


def print_finding(finding: Finding) -> None:
    """Print a finding in one line, and its next step in another."""
    from tidings_cli import output

    level = click.style(f"{finding.level:<8}", fg=_COLORS[finding.level], bold=finding.level == "problem")
    click.echo(f"{level} {finding.check:<12} {output.escape(finding.says)}")
    if finding.do and finding.level != "ok":
        click.echo(f"{'':<8} {'':<12} -> {output.escape(finding.do)}")
