"""Linking, unlinking and updates: the whole second flow runs between any two store calls of the first."""

from typing import Any

import pytest

from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import Done, Invocation, ProcessPool, delivery, request
from tests.support.drivers.scenarios import Scene, deliver_update, unlink, unlinked
from tests.support.drivers.user_driver import UserDriver
from tests.support.faults.interleavings import Interleaving

EXCHANGE = "POST /plaid/exchange-public-token"
PORTAL = "POST /api/snaptrade/create-connection-url"
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@both
def test_unlink_during_update_leaves_nothing(
    new_investor: Any,  # noqa: ANN401 - a fixture that makes users
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scene, Invocation]:
        investor = new_investor()
        scene = Scene(investor, investor.holds(provider))
        return scene, delivery(provider, investor.announced(scene.linked)[0])

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 200
        scene.assert_gone()

    assert Interleaving(prepare, unlink, check).holds(process_pool) == 2


def test_removal_during_first_update_leaves_nothing(new_investor: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        investor = new_investor()
        new = investor.connects_another(investor.links("snaptrade"))
        scene = Scene(investor, new, investor.announced(new, event_type="CONNECTION_DELETED"))
        return scene, delivery("snaptrade", investor.announced(new, event_type="CONNECTION_ADDED")[0])

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 200
        assert scene.investor.source(scene.linked) is None

    assert Interleaving(prepare, deliver_update, check).holds(process_pool) > 2


@pytest.mark.parametrize("by", ["event", "user"])
def test_connection_added_during_disconnect_is_removed(new_investor: Any, process_pool: ProcessPool, by: str) -> None:  # noqa: ANN401
    """A disconnect also removes connections that appear while it runs."""

    def prepare() -> tuple[Scene, Invocation]:
        investor = new_investor()
        known = investor.holds("snaptrade")
        new = investor.connects_another(known)
        scene = Scene(investor, new, investor.announced(new, event_type="CONNECTION_ADDED"))
        if by == "event":
            return scene, delivery("snaptrade", investor.announced(known, event_type="USER_DELETED")[0])
        return scene, request("DELETE /connections", investor.cookie)

    def check(scene: Scene, _done: Done) -> None:
        scene.assert_gone()
        assert "user_id" not in (scene.investor.item(scene.linked) or {})  # at most an orphan
        assert not any(entry.startswith("source#") for entry in scene.investor.state())

    Interleaving(prepare, deliver_update, check).holds(process_pool)


def test_second_user_linking_meanwhile_conflicts(new_investor: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[Scene, Invocation]:
        answers.clear()
        scene = unlinked(new_investor())
        return scene, request(EXCHANGE, scene.investor.cookie, body={"public_token": scene.investor.user_id})

    def meanwhile(scene: Scene) -> None:
        other = UserDriver(scene.investor.app, scene.investor.dynamodb)
        answers.append(scene.investor.app.request(EXCHANGE, other.cookie, body={"public_token": other.user_id}).status)

    def check(scene: Scene, done: Done) -> None:
        assert sorted([*answers, done.answered.status]) == [201, 409]
        assert (scene.investor.source(scene.linked) is not None) == (done.answered.status == 201)

    Interleaving(prepare, meanwhile, check).holds(process_pool)


def test_update_during_link_is_counted(new_investor: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        scene = unlinked(new_investor())
        return scene, request(EXCHANGE, scene.investor.cookie, body={"public_token": scene.investor.user_id})

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 201
        assert scene.investor.generation(scene.linked) == 2

    Interleaving(prepare, deliver_update, check).holds(process_pool)


def test_link_during_update_keeps_count(new_investor: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        scene = unlinked(new_investor())
        return scene, delivery("plaid", scene.updates[0])

    def link(scene: Scene) -> None:
        scene.investor.owns(scene.linked)

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 200
        assert scene.investor.generation(scene.linked) == 2

    Interleaving(prepare, link, check).holds(process_pool)


def test_registration_in_second_tab_happens_once(new_investor: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[UserDriver, Invocation]:
        answers.clear()
        investor: UserDriver = new_investor()
        return investor, request(PORTAL, investor.cookie, body={})

    def meanwhile(investor: UserDriver) -> None:
        answers.append(investor.app.request(PORTAL, investor.cookie, body={}).status)

    def check(investor: UserDriver, done: Done) -> None:
        assert sorted([*answers, done.answered.status]) in ([200, 200], [200, 409])
        assert len(investor.app.providers.calls("snaptrade", "/snapTrade/registerUser")) == 1
        assert investor.app.request(PORTAL, investor.cookie, body={}).status == 200

    Interleaving(prepare, meanwhile, check).holds(process_pool)
