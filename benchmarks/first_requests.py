"""Measure the CPU time of a new process's first request, apart from that of INIT, in which Lambda lends more CPU."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from benchmarks.code import Code
from benchmarks.processes import Cold, start
from benchmarks.report import Row, Section
from benchmarks.stage import Event, Stage, event

_RUNS = 7
BUDGET_MS = 40
_UNKNOWN = "link-unknown"


@dataclass(frozen=True)
class Case:
    """A route's function and its first requests, a new one for each run. `status`: that of each response.

    `budget`: none where one request makes a dozen calls and builds the payload models of both providers.
    """

    name: str
    function: str
    requests: Callable[[int], list[Event]]
    status: int = 200
    budget: int | None = BUDGET_MS


def cases(stage: Stage) -> list[Case]:
    """List a request of every kind; the routes of one provider run the same code as those of both."""
    known = stage.account(plaid=1, snaptrade=1)

    def same(request: Event) -> Callable[[int], list[Event]]:
        return lambda count: [request] * count

    def ours(route: str, **body: object) -> Callable[[int], list[Event]]:
        text = json.dumps(body) if body else ""
        return same(event(route, cookie=known.cookie, headers=stage.origin, body=text))

    def webhooks(provider: str, source_id: str) -> Callable[[int], list[Event]]:
        return lambda count: stage.webhooks(provider, source_id, count)

    def for_new_users(route: str, **sources: int) -> Callable[[int], list[Event]]:
        def requests(count: int) -> list[Event]:
            users = [stage.account(**sources, fetched=False) for _ in range(count)]
            return [event(route, cookie=user.cookie, headers=stage.origin) for user in users]

        return requests

    return [
        Case("GET /pending-updates", "PendingFunction", ours("GET /pending-updates")),
        Case("GET /holdings/refresh", "PendingFunction", ours("GET /holdings/refresh")),
        Case("GET /holdings", "HoldingsFunction", ours("GET /holdings")),
        Case("POST /holdings/refresh, nothing connected", "RefreshFunction", for_new_users("POST /holdings/refresh")),
        Case(
            "POST /holdings/refresh, both providers",
            "RefreshFunction",
            for_new_users("POST /holdings/refresh", plaid=1, snaptrade=1),
            budget=None,
        ),
        Case("GET /connections", "ConnectionsFunction", ours("GET /connections")),
        Case(
            "POST /plaid/create-connection-url",
            "ConnectionsFunction",
            ours("POST /plaid/create-connection-url", redirect_uri=f"{stage.cloud.front}/"),
        ),
        Case(
            "POST /api/snaptrade/create-connection-url",
            "ConnectionsFunction",
            ours("POST /api/snaptrade/create-connection-url", redirect_uri=f"{stage.cloud.front}/"),
        ),
        Case(
            "POST /plaid/complete-connection, unknown",
            "ConnectionsFunction",
            ours("POST /plaid/complete-connection", link_token=_UNKNOWN),
            404,
        ),
        Case("DELETE /connections", "ConnectionsFunction", for_new_users("DELETE /connections", plaid=1), 204),
        Case("Plaid webhook", "WebhookPlaidFunction", webhooks("plaid", known.plaid[0])),
        Case("SnapTrade webhook", "WebhookSnapTradeFunction", webhooks("snaptrade", known.snaptrade[0])),
    ]


def measure(code: Code, stage: Stage) -> Section:
    """Measure the cases in turn, each round in another order, so that what slows the machine hits no case alone."""
    every = cases(stage)
    prepared = {case.name: iter(case.requests(_RUNS + 1)) for case in every}
    found: dict[str, list[Cold]] = {case.name: [] for case in every}
    random = Random(1)
    for _ in range(_RUNS + 1):
        for case in random.sample(every, len(every)):
            found[case.name].append(_run(code, stage, case, next(prepared[case.name])))
    rows = [_row(case, found[case.name][1:]) for case in every]  # the first run only fills the file cache
    return Section("First request, apart from INIT", "python -m benchmarks first_requests", rows, _NOTES)


def _run(code: Code, stage: Stage, case: Case, request: Event) -> Cold:
    """Start the function's process for a request."""
    function = stage.functions[case.function]
    file = code.folder / "event.json"
    file.write_text(json.dumps(request), "utf-8")
    arguments = [function.handler.rpartition(".")[0], str(file)]
    found = start(code, code.path(function.folder), "cold.py", arguments, stage.environment(case.function))
    if found.status != case.status:
        raise RuntimeError(f"{case.name}: a first request was answered {found.status}, not {case.status}")
    return found


def _row(case: Case, found: Sequence[Cold]) -> Row:
    request, init = median(one.request_ms for one in found), median(one.init_ms for one in found)
    measured = f"{request:.0f} ms of CPU, after {init:.0f} ms in INIT"
    holds = None if case.budget is None else request <= case.budget
    return Row(case.name, measured, f"≤ {case.budget} ms" if case.budget else "", holds)


_NOTES = f"""\
Lambda lends a function a whole processor while it imports the handler (INIT); the first request then runs with the
share that its memory buys, 0.58 of a processor for 1 GB. So the handlers' modules create the AWS clients when they are
imported. Each run is a new process with compiled code, without `site`, and the cases take turns. The figure is the
median of {_RUNS} processes' CPU time in the handler's first call, all threads included. A refresh that fetches from
both providers has no budget: it makes a dozen calls and builds the payload models, which would lengthen the start of
every other refresh."""
