"""A deployment with a personal SnapTrade key: one user connects, fetches, receives updates and disconnects."""

from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud, local_cloud
from local.settings import Settings
from tests.e2e import leftovers, traces
from tests.e2e.brokers import Brokers, brokers_of
from tests.e2e.description import Description
from tests.e2e.user import User, signed_in


@pytest.fixture(scope="module")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, description: Description
) -> Iterator[tuple[LocalCloud, Brokers]]:
    folder = tmp_path_factory.mktemp("personal")
    record = folder / "calls.jsonl"
    settings = Settings(port=0, state=folder, parameters={"SnapTradeKeyType": "personal"}, record=record)
    with local_cloud(settings) as cloud, brokers_of(cloud) as brokers:
        yield cloud, brokers
        traces.check_deliveries(brokers, description)
        traces.check_permissions(record)
        leftovers.check(cloud, brokers, record)


@pytest.fixture
def person(deployment: tuple[LocalCloud, Brokers], description: Description) -> Iterator[User]:
    with signed_in(*deployment, description.check) as user:
        yield user


@pytest.fixture
def other(deployment: tuple[LocalCloud, Brokers], description: Description) -> Iterator[User]:
    with signed_in(*deployment, description.check) as user:
        yield user


def test_personal_key_user_connects_refreshes_and_disconnects(person: User, other: User) -> None:
    connection_id = person.link_and_refresh("snaptrade")
    assert person.holdings("snaptrade")["portfolio_data"]["holdings"]
    assert set(person.brokers.trade("snaptrade", connection_id)) == {200}
    assert person.is_pending("snaptrade")
    person.end_cooldowns()
    person.refresh("snaptrade")
    assert not person.is_pending("snaptrade")

    other.call("POST", "/api/snaptrade/create-connection-url", 409, {})
    other.call("DELETE", f"/api/snaptrade/connections/{connection_id}", 204)
    assert other.holdings("snaptrade")["portfolio_data"]["holdings"] == []
    assert person.connection(connection_id)["status"] == "ok"

    person.call("DELETE", "/connections", 204)
    assert person.call("GET", "/connections") == {"connections": []}
    asked = {call["path"] for call in person.brokers.calls("snaptrade")}
    assert not asked & {"/snapTrade/registerUser", "/snapTrade/deleteUser", "/snapTrade/resetUserSecret"}
    [whose] = person.brokers.listed("snaptrade", "users", "users")
    assert whose["connections"] == []
