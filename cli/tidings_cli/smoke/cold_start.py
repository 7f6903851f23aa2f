"""Find how long the new functions took to start, in their logs."""

import time
from collections.abc import Iterator

from tidings_cli import log_search
from tidings_cli.deployment import Deployment
from tidings_cli.doctor.access import CheckResults

_SINCE_MS = 15 * 60 * 1000
_ATTEMPTS = 4
_PAUSE_S = 5.0
"""CloudWatch takes seconds to make a line searchable."""


def check_cold_start(deployment: Deployment, *, max_init_ms: int) -> CheckResults:
    """Compare the longest start of the last minutes with a limit. The smoke's own webhooks are the newest."""
    if deployment.local:
        yield "skipped", "cold start: Lambda does not run on this machine (`make bench` measures start-up)", ""
        return
    durations = _wait_for_durations(log_search.webhook_log_groups(deployment))
    if not durations:
        yield "skipped", "cold start: none is logged in the last 15 minutes; run the command right after deploying", ""
    elif max(durations) > max_init_ms:
        do = "Compare with docs/performance.md; raise the limit with --max-init-ms."
        yield "problem", f"a function took {max(durations):.0f} ms to start, more than {max_init_ms}", do
    else:
        yield "ok", f"a function took at most {max(durations):.0f} ms to start", ""


def _wait_for_durations(groups: list[str]) -> list[float]:
    from tidings import clock

    since = clock.now_ms() - _SINCE_MS
    for attempt in range(_ATTEMPTS):
        if found := [one for group in groups for one in _find_durations(group, since)]:
            return found
        if attempt + 1 < _ATTEMPTS:
            time.sleep(_PAUSE_S)
    return []


def _find_durations(group: str, since: int) -> Iterator[float]:
    for line in log_search.search(group, since, "type", "platform.report"):
        metrics = line.fields.get("record", {}).get("metrics", {})
        if "initDurationMs" in metrics:
            yield float(metrics["initDurationMs"])
