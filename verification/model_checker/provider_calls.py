"""Model the provider's calls: a listing of connections, and the fetch of one source."""

from typing import NamedTuple

from verification.model_checker.clauses import Clause, Clauses
from verification.model_checker.flows import Call, Outcomes
from verification.model_checker.refresh_writes import Refresher
from verification.model_checker.worlds import World


class Provider(NamedTuple):
    """Faults that the provider may show, besides a good answer."""

    fails: bool = False
    returns_empty: bool = False
    lags: bool = False
    has_no_holdings: bool = False
    list_lags: bool = False
    reports_end: bool = False
    ends: bool = False
    limits: bool = False
    is_not_ready: bool = False


HEALTHY = Provider()

FAILURES = frozenset({"failed", "login", "ended", "end reported", "limit", "not ready"})


class FetchResult(NamedTuple):
    """`outcome`: ok, nothing (there are permanently no holdings), or one of FAILURES."""

    outcome: str
    began_at: int = 0
    changes_shown: int = 0
    empty: bool = False


def list_sources(world: World, provider: Provider) -> Outcomes:
    alive = world.truth.alive
    yield "", world, alive
    if provider.list_lags:
        for source in sorted(alive):
            yield f"without {source}", world, alive - {source}
        for source in sorted(set(world.truth.version) - alive):
            yield f"still with {source}", world, alive | {source}


def fetch(refresher: Refresher, source: str, provider: Provider, clauses: Clauses) -> Call:
    def run(world: World) -> Outcomes:
        truth, at = world.truth, refresher.clock(world)
        version = truth.version.get(source, 0)
        if source not in truth.alive:
            yield "gone", world, FetchResult("failed")
            return
        if truth.health.get(source, "ok") != "ok":
            yield "login required", world, FetchResult("login")
            return
        yield "ok", world, FetchResult("ok", at, version)
        yield from _faults(world, source, provider, clauses, FetchResult("failed", at, version))

    return Call(f"fetch {source}", run)


def _faults(world: World, source: str, provider: Provider, clauses: Clauses, failed: FetchResult) -> Outcomes:
    truth = world.truth
    failures = {
        "outage": (provider.fails, "failed"),
        "ended": (provider.ends and truth.health.get(source) != "ok", "ended"),
        "limit reached": (provider.limits, "limit"),
        "not ready": (provider.is_not_ready, "not ready"),
    }
    for label, (is_shown, outcome) in failures.items():
        if is_shown:
            yield label, world, FetchResult(outcome, world.now if outcome == "limit" else 0)
    yield from _odd_answers(world, provider, clauses, failed)
    if provider.reports_end:
        known = truth.end_reports
        reports = known if source in known else known.with_entry(source, failed.began_at)
        yield "end reported", world.with_truth(end_reports=reports), FetchResult("end reported")


def _odd_answers(world: World, provider: Provider, clauses: Clauses, failed: FetchResult) -> Outcomes:
    at, version = failed.began_at, failed.changes_shown
    if provider.lags and version:
        yield "old data", world, FetchResult("ok", at, version - 1)
    if provider.has_no_holdings:
        yield "no holdings", world, FetchResult("nothing", at, version)
    if provider.returns_empty:
        is_accepted = Clause.EMPTY_INCOMPLETE not in clauses
        yield "empty, incomplete", world, FetchResult("ok" if is_accepted else "failed", at, version, is_accepted)
