"""What a check finds, and what it says when it can't look."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from tidings_cli.deployment import Deployment

Level = Literal["ok", "warning", "problem"]


class Finding(NamedTuple):
    """`do`: what an operator does about it; empty where there is nothing to do."""

    level: Level
    check: str
    says: str
    do: str = ""


Look = Callable[[Deployment], Iterator[tuple[Level, str, str]]]


class Check(NamedTuple):
    """`look` yields level, what is so, and what to do."""

    name: str
    look: Look

    def run(self, deployment: Deployment) -> Iterator[Finding]:
        """Every finding; a check that fails itself is one, too."""
        from botocore.exceptions import BotoCoreError, ClientError

        from tidings.errors import TidingsError
        from tidings.settings import MissingSetting
        from tidings_cli.doctor.http_probe import Unreachable

        try:
            for level, says, do in self.look(deployment):
                yield Finding(level, self.name, says, do)
        except ClientError as error:
            yield self._not_looked(error, "warning" if _is_denied(error) else "problem")
        except (BotoCoreError, TidingsError, MissingSetting, Unreachable) as error:
            yield self._not_looked(error, "problem")

    def _not_looked(self, error: Exception, level: Level) -> Finding:
        from tidings_cli import errors

        return Finding(
            level, self.name, f"could not be checked: {errors.describe(error)}", "Mend that, then run again."
        )


def _is_denied(error: Exception) -> bool:
    from tidings_cli import errors

    return errors.is_denied(error)
