"""Forged requests cost little, store nothing, and call nobody more often than allowed."""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

import pytest

from benchmarks import forged
from benchmarks.code import Code
from benchmarks.stage import Account, Stage

_TRIES = 3
_COUNT = 40


@pytest.fixture(scope="module")
def account(stage: Stage) -> Account:
    return stage.account(plaid=1, snaptrade=1)


@pytest.mark.threat(id="webhook-flood")
@pytest.mark.parametrize("what", forged.FORGED)
def test_a_forged_request_costs_little_and_calls_nobody(code: Code, stage: Stage, account: Account, what: str) -> None:
    function, forgeries = forged.FORGED[what]
    for kind, forge in forgeries(stage, account).items():
        costs = _costs(partial(forged.cost, code, stage, account, function, forge(_COUNT)))
        found = next((cost for cost in costs if forged.holds(cost, kind)), None)
        assert found is not None, kind
        assert found.statuses <= {400, 401, 403, 503}, kind


def _costs(measure: Callable[[], forged.Cost]) -> Iterator[forged.Cost]:
    """Up to three: what a busy machine does to one is not a regression."""
    for _ in range(_TRIES):
        yield measure()


def test_a_flood_of_forged_webhooks_leaves_polls_their_answers(stage: Stage, account: Account) -> None:
    with forged.flood(stage, account) as statuses:
        taken = forged.polls_ms(stage, account.cookie, count=60)
    assert set(statuses) <= {403, 503}
    assert len(statuses) > 20
    assert median(taken) < 500
