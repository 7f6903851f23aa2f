"""Linking, unlinking and updates: the whole second flow runs between any two store calls of the first."""

from typing import Any

import pytest

from tests.support.drivers.app import LinkedSource, ProviderName
from tests.support.drivers.process_pool import (
    Completed,
    Invocation,
    ProcessPool,
    request_invocation,
    webhook_invocation,
)
from tests.support.drivers.scenarios import Scenario, deliver_update, unlink, unlinked_item
from tests.support.drivers.user_driver import UserDriver
from tests.support.faults.interleavings import Interleaving

EXCHANGE = "POST /plaid/exchange-public-token"
PORTAL = "POST /api/snaptrade/create-connection-url"
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@both
def test_unlink_during_update_leaves_nothing(
    new_fetched_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scenario, Invocation]:
        scenario: Scenario = new_fetched_source(provider)
        return scenario, webhook_invocation(provider, scenario.user_driver.capture_webhooks(scenario.linked)[0])

    def check(scenario: Scenario, done: Completed) -> None:
        assert done.response.status == 200
        scenario.assert_gone()

    reads_of_stored_key = 1 if provider == "plaid" else 0
    assert Interleaving(prepare, unlink, check).run_all_stops(process_pool) == reads_of_stored_key + 2


def test_removal_during_first_update_leaves_nothing(new_user_driver: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scenario, Invocation]:
        user_driver = new_user_driver()
        new = user_driver.connect_another(user_driver.link("snaptrade"))
        scenario = Scenario(user_driver, new, user_driver.capture_webhooks(new, event_type="CONNECTION_DELETED"))
        return scenario, webhook_invocation(
            "snaptrade", user_driver.capture_webhooks(new, event_type="CONNECTION_ADDED")[0]
        )

    def check(scenario: Scenario, done: Completed) -> None:
        assert done.response.status == 200
        assert scenario.user_driver.source(scenario.linked) is None

    assert Interleaving(prepare, deliver_update, check).run_all_stops(process_pool) > 2


@pytest.mark.parametrize("by", ["event", "user"])
def test_connection_added_during_disconnect_is_removed(
    new_fetched_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    by: str,
) -> None:
    """A disconnect also removes connections that appear while it runs."""

    def prepare() -> tuple[Scenario, Invocation]:
        fetched: Scenario = new_fetched_source("snaptrade")
        user_driver, known = fetched.user_driver, fetched.linked
        new = user_driver.connect_another(known)
        scenario = Scenario(user_driver, new, user_driver.capture_webhooks(new, event_type="CONNECTION_ADDED"))
        if by == "event":
            return scenario, webhook_invocation(
                "snaptrade", user_driver.capture_webhooks(known, event_type="USER_DELETED")[0]
            )
        return scenario, request_invocation("DELETE /connections", user_driver.cookie)

    def check(scenario: Scenario, _done: Completed) -> None:
        scenario.assert_gone()
        assert "user_id" not in (scenario.user_driver.item(scenario.linked) or {})  # at most an orphan
        assert not any(entry.startswith("source#") for entry in scenario.user_driver.state())

    Interleaving(prepare, deliver_update, check).run_all_stops(process_pool)


@pytest.mark.invariant(id="I8")
def test_delayed_deletion_event_keeps_next_registration(new_fetched_source: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    """The queue processes the same event while the first delivery hangs, and the user connects anew."""
    connections: list[str] = []

    def prepare() -> tuple[Scenario, Invocation]:
        connections.clear()
        scenario: Scenario = new_fetched_source("snaptrade")
        [caught] = scenario.user_driver.capture_webhooks(scenario.linked, event_type="USER_DELETED")
        scenario.updates = [caught]
        return scenario, webhook_invocation("snaptrade", caught)

    def meanwhile(scenario: Scenario) -> None:
        user_driver = scenario.user_driver
        user_driver.deliver_webhooks(scenario.linked, scenario.updates)
        connections.append(user_driver.register_anew(scenario.linked).source_id)

    def check(scenario: Scenario, _done: Completed) -> None:
        [connection_id] = connections
        again = LinkedSource("snaptrade", scenario.linked.item_id, connection_id)
        assert scenario.user_driver.source(again) is not None
        assert list(scenario.user_driver.heads()) == [f"snaptrade#{connection_id}"]
        assert (scenario.user_driver.item(again) or {})["user_id"] == scenario.user_driver.user_id

    assert Interleaving(prepare, meanwhile, check).run_all_stops(process_pool) > 8


def test_second_user_linking_meanwhile_conflicts(new_user_driver: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[Scenario, Invocation]:
        answers.clear()
        scenario = unlinked_item(new_user_driver())
        return scenario, request_invocation(
            EXCHANGE, scenario.user_driver.cookie, body={"public_token": scenario.user_driver.user_id}
        )

    def meanwhile(scenario: Scenario) -> None:
        other = UserDriver(scenario.user_driver.app, scenario.user_driver.dynamodb)
        answers.append(
            scenario.user_driver.app.request(EXCHANGE, other.cookie, body={"public_token": other.user_id}).status
        )

    def check(scenario: Scenario, done: Completed) -> None:
        assert sorted([*answers, done.response.status]) == [201, 409]
        assert (scenario.user_driver.source(scenario.linked) is not None) == (done.response.status == 201)

    Interleaving(prepare, meanwhile, check).run_all_stops(process_pool)


def test_update_during_link_is_counted(new_user_driver: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scenario, Invocation]:
        scenario = unlinked_item(new_user_driver())
        return scenario, request_invocation(
            EXCHANGE, scenario.user_driver.cookie, body={"public_token": scenario.user_driver.user_id}
        )

    def check(scenario: Scenario, done: Completed) -> None:
        assert done.response.status == 201
        assert scenario.user_driver.generation(scenario.linked) == 2

    Interleaving(prepare, deliver_update, check).run_all_stops(process_pool)


def test_link_during_update_keeps_count(new_user_driver: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scenario, Invocation]:
        scenario = unlinked_item(new_user_driver())
        return scenario, webhook_invocation("plaid", scenario.updates[0])

    def link(scenario: Scenario) -> None:
        scenario.user_driver.link_existing(scenario.linked)

    def check(scenario: Scenario, done: Completed) -> None:
        assert done.response.status == 200
        assert scenario.user_driver.generation(scenario.linked) == 2

    Interleaving(prepare, link, check).run_all_stops(process_pool)


def test_registration_in_second_tab_happens_once(new_user_driver: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[UserDriver, Invocation]:
        answers.clear()
        user_driver: UserDriver = new_user_driver()
        return user_driver, request_invocation(PORTAL, user_driver.cookie, body={})

    def meanwhile(user_driver: UserDriver) -> None:
        answers.append(user_driver.app.request(PORTAL, user_driver.cookie, body={}).status)

    def check(user_driver: UserDriver, done: Completed) -> None:
        assert sorted([*answers, done.response.status]) in ([200, 200], [200, 409])
        assert len(user_driver.app.providers.calls("snaptrade", "/snapTrade/registerUser")) == 1
        assert user_driver.app.request(PORTAL, user_driver.cookie, body={}).status == 200

    Interleaving(prepare, meanwhile, check).run_all_stops(process_pool)
