"""DynamoDB rejects conflicting writes to one row. The local engine never does, so the tests inject each conflict."""

import pytest

from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import Done, Invocation, ProcessPool, delivery, refresh, request
from tests.support.drivers.user_driver import UserDriver
from tests.support.faults.fault_injection import Conflicts

both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


def run_with_conflicts(process_pool: ProcessPool, invocation: Invocation) -> Done:
    done = process_pool.begin(invocation).done()
    assert done.answered.status < 300, done.answered.text
    return done


@both
@pytest.mark.parametrize("duplicate", [False, True], ids=["conflict", "conflict-and-duplicate"])
def test_webhook_retries_conflicting_write(
    investor: UserDriver, process_pool: ProcessPool, provider: ProviderName, duplicate: bool
) -> None:
    """DynamoDB may report a duplicate along with the conflict, for a write that it then rolled back."""
    linked = investor.links(provider)
    before = investor.generation(linked)
    tactic = Conflicts(times=3, duplicate=duplicate)
    done = run_with_conflicts(process_pool, delivery(provider, investor.announced(linked)[0], tactic=tactic))
    assert done.operations.count("TransactWriteItems") == 4
    assert done.answered.json["status"] == "marked"
    assert investor.generation(linked) == before + 1


@both
def test_refresh_retries_conflicting_write(
    investor: UserDriver, process_pool: ProcessPool, provider: ProviderName
) -> None:
    """Both the cooldown and the storing of the holdings conflict."""
    linked = investor.holds(provider)
    investor.delivers(linked, investor.trades(linked))
    before = investor.held()
    investor.app.providers.reset()
    done = run_with_conflicts(process_pool, refresh(investor.cookie, provider, tactic=Conflicts(times=2)))
    assert done.operations.count("TransactWriteItems") == 3
    assert done.operations.count("UpdateItem") >= 3
    assert investor.held() != before
    assert not investor.pending()
    assert investor.parts() == investor.named_parts()


def test_link_and_disconnect_retry_conflicting_write(investor: UserDriver, process_pool: ProcessPool) -> None:
    linked = investor.connects("plaid")
    item = {"item_id": linked.item_id, "access_token": investor.credential(linked)}
    investor.app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=200, body=item)
    body = {"public_token": investor.user_id}
    linking = request("POST /plaid/exchange-public-token", investor.cookie, body=body, tactic=Conflicts(times=2))
    assert run_with_conflicts(process_pool, linking).answered.status == 201
    assert investor.generation(linked) == 1

    parameters = {"item_id": linked.item_id}
    ending = request("DELETE /plaid/items/{item_id}", investor.cookie, parameters=parameters, tactic=Conflicts(times=2))
    assert run_with_conflicts(process_pool, ending).answered.status == 204
    assert investor.source(linked) is None
