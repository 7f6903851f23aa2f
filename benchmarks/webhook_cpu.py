"""Measure the CPU per warm webhook: the function's, less that of its DynamoDB calls by botocore alone."""

import copy
from statistics import median
from typing import Any

from benchmarks import flows
from benchmarks.code import Code
from benchmarks.processes import Warm
from benchmarks.report import Row, Section
from benchmarks.stage import Stage

BUDGET_MS = 2.0
_ROUNDS = 5
_WEBHOOKS = 80

Request = tuple[str, dict[str, Any]]


def own_ms(code: Code, stage: Stage, provider: str, source_id: str, rounds: int = _ROUNDS) -> tuple[float, float]:
    """Milliseconds of CPU per webhook, the median of rounds: our code with pynamodb, and the total."""
    own, whole = [], []
    with Warm(code, stage, flows.FUNCTIONS[provider]) as warm:
        warm.answer(stage.webhooks(provider, source_id, 30))
        for number in range(rounds):
            # A new one each round: an update is stored only if its source has no newer one.
            template = [(call["name"], call["params"]) for call in flows.webhook(code, stage, provider, source_id)]
            bare = [one for again in range(_WEBHOOKS) for one in _anew(template, f"bare-{number}-{again}")]
            calls_ms = warm.order(bare=bare)["cpu_ms"] / _WEBHOOKS
            taken_ms = warm.answer(stage.webhooks(provider, source_id, _WEBHOOKS))["cpu_ms"] / _WEBHOOKS
            own.append(taken_ms - calls_ms)
            whole.append(taken_ms)
    return median(own), median(whole)


def _anew(template: list[Request], suffix: str) -> list[Request]:
    """Return the same calls for an event that is not recorded yet."""
    requests = copy.deepcopy(template)
    for _, params in requests:
        for item in params.get("TransactItems", ()):
            if "Put" in item:
                item["Put"]["Item"]["event"]["S"] += suffix
    return requests


def measure(code: Code, stage: Stage) -> Section:
    account = stage.account(plaid=1, snaptrade=1)
    rows = []
    for provider, source_id in (("plaid", account.plaid[0]), ("snaptrade", account.snaptrade[0])):
        own, whole = own_ms(code, stage, provider, source_id)
        measured = f"{own:.2f} ms ({whole:.2f} ms in total)"
        rows.append(
            Row(f"{provider} webhook, verification included", measured, f"≤ {BUDGET_MS:g} ms", own <= BUDGET_MS)
        )
    return Section("CPU per warm webhook", "python -m benchmarks webhook_cpu", rows, _NOTES)


_NOTES = f"""\
The process's CPU time for {_WEBHOOKS} genuine webhooks, minus that of the same two DynamoDB calls by botocore
alone. Both take turns in one process; the figure is the median of {_ROUNDS} rounds. The budget excludes pynamodb's
share, but the figure includes it."""
