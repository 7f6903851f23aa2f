"""DynamoDB rejects conflicting writes to one row. The local engine never does, so the tests inject each conflict."""

import pytest

from tests.support.aws.left_overs import LeftOvers
from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import (
    Completed,
    Invocation,
    ProcessPool,
    refresh_invocation,
    request_invocation,
    webhook_invocation,
)
from tests.support.drivers.user_driver import UserDriver
from tests.support.faults.fault_injection import PartialBatches, WriteConflicts

both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


def run_with_conflicts(process_pool: ProcessPool, invocation: Invocation) -> Completed:
    done = process_pool.start_process(invocation).done()
    assert done.response.status < 300, done.response.text
    return done


@both
@pytest.mark.parametrize("duplicate", [False, True], ids=["conflict", "conflict-and-duplicate"])
def test_webhook_retries_conflicting_write(
    user_driver: UserDriver, process_pool: ProcessPool, provider: ProviderName, duplicate: bool
) -> None:
    """DynamoDB may report a duplicate along with the conflict, for a write that it then rolled back."""
    linked = user_driver.link(provider)
    before = user_driver.generation(linked)
    store_fault = WriteConflicts(times=3, duplicate=duplicate)
    done = run_with_conflicts(
        process_pool, webhook_invocation(provider, user_driver.capture_webhooks(linked)[0], store_fault=store_fault)
    )
    assert done.operations.count("TransactWriteItems") == 4
    assert done.response.json["status"] == "marked"
    assert user_driver.generation(linked) == before + 1


@both
def test_refresh_retries_conflicting_write(
    user_driver: UserDriver, process_pool: ProcessPool, provider: ProviderName
) -> None:
    """Both the cooldown and the storing of the holdings conflict."""
    linked = user_driver.link_and_refresh(provider)
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))
    before = user_driver.shown_holdings()
    user_driver.app.providers.reset()
    done = run_with_conflicts(
        process_pool, refresh_invocation(user_driver.cookie, provider, store_fault=WriteConflicts(times=2))
    )
    assert done.operations.count("TransactWriteItems") == 3
    assert done.operations.count("UpdateItem") >= 3
    assert user_driver.shown_holdings() != before
    assert not user_driver.pending()
    assert user_driver.parts() == user_driver.referenced_parts()


def test_link_and_disconnect_retry_conflicting_write(user_driver: UserDriver, process_pool: ProcessPool) -> None:
    linked = user_driver.connect("plaid")
    item = {"item_id": linked.item_id, "access_token": user_driver.credential(linked)}
    user_driver.app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=200, body=item)
    body = {"public_token": user_driver.user_id}
    linking = request_invocation(
        "POST /plaid/exchange-public-token", user_driver.cookie, body=body, store_fault=WriteConflicts(times=2)
    )
    assert run_with_conflicts(process_pool, linking).response.status == 201
    assert user_driver.generation(linked) == 1

    parameters = {"item_id": linked.item_id}
    ending = request_invocation(
        "DELETE /plaid/items/{item_id}", user_driver.cookie, parameters=parameters, store_fault=WriteConflicts(times=2)
    )
    assert run_with_conflicts(process_pool, ending).response.status == 204
    assert user_driver.source(linked) is None


@both
@pytest.mark.parametrize("kept", [0, 1])
def test_refresh_repeats_what_batches_leave_over(
    user_driver: UserDriver, process_pool: ProcessPool, provider: ProviderName, kept: int
) -> None:
    """Reading credentials, storing content and deleting the old each take several batches."""
    linked = user_driver.link_and_refresh(provider)
    user_driver.deliver_webhooks(linked, user_driver.trade(linked))
    before = user_driver.shown_holdings()
    store_fault = PartialBatches(LeftOvers(times=6, kept=kept))
    done = run_with_conflicts(process_pool, refresh_invocation(user_driver.cookie, provider, store_fault=store_fault))
    assert done.operations.count("BatchWriteItem") + done.operations.count("BatchGetItem") >= 3
    assert user_driver.shown_holdings() != before
    assert not user_driver.pending()
    assert user_driver.parts() == user_driver.referenced_parts()
