"""A whole other flow runs between any two store calls of a refresh."""

from typing import Any

import pytest

from tests.support.drivers.app import ProviderName
from tests.support.drivers.process_pool import Done, Invocation, ProcessPool, refresh
from tests.support.drivers.scenarios import Scene, assert_nothing_lost, deliver_update, unlink
from tests.support.fakes.clock import ClockAhead
from tests.support.faults.interleavings import Interleaving

both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@pytest.mark.invariant(id="I1")
@both
def test_update_during_refresh_is_never_lost(
    new_pending_source: Any,  # noqa: ANN401
    process_pool: ProcessPool,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = new_pending_source(provider)
        return scene, refresh(scene.investor.cookie, provider)

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 200
        assert_nothing_lost(scene, ahead)

    assert Interleaving(prepare, Scene.trade, check).holds(process_pool) > 10


@pytest.mark.invariant(id="I8")
@both
def test_newer_refresh_during_stalled_one_is_kept(
    new_pending_source: Any,  # noqa: ANN401
    process_pool: ProcessPool,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = new_pending_source(provider)
        return scene, refresh(scene.investor.cookie, provider)

    def meanwhile(scene: Scene) -> None:
        scene.trade()
        ahead.by_s = 61
        scene.investor.refreshed(provider)
        scene.trade()

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status in {200, 429}
        assert_nothing_lost(scene, ahead)

    Interleaving(prepare, meanwhile, check).holds(process_pool)


@pytest.mark.invariant(id="I3")
def test_second_refresh_meanwhile_returns_429(new_pending_source: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[Scene, Invocation]:
        answers.clear()
        scene: Scene = new_pending_source("plaid")
        scene.investor.app.providers.reset()
        return scene, refresh(scene.investor.cookie, "plaid")

    def meanwhile(scene: Scene) -> None:
        answers.append(scene.investor.app.refresh(scene.investor.cookie, "plaid").status)

    def check(scene: Scene, done: Done) -> None:
        assert sorted([*answers, done.answered.status]) == [200, 429]
        assert len(scene.investor.app.providers.calls("plaid", "/investments/holdings/get")) == 1

    Interleaving(prepare, meanwhile, check).holds(process_pool)


@both
def test_unlink_during_refresh_leaves_nothing(
    new_pending_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = new_pending_source(provider)
        return scene, refresh(scene.investor.cookie, provider)

    def check(scene: Scene, _done: Done) -> None:
        scene.assert_gone()

    Interleaving(prepare, unlink, check).holds(process_pool)


@pytest.mark.parametrize("event_type", ["CONNECTION_DELETED", "USER_DELETED"])
def test_removal_event_during_refresh_leaves_nothing(
    new_pending_source: Any,  # noqa: ANN401 - a fixture that makes scenes
    process_pool: ProcessPool,
    event_type: str,
) -> None:
    """The provider's event may precede responses that agree with it."""

    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = new_pending_source("snaptrade")
        scene.updates = scene.investor.announced(scene.linked, event_type=event_type)
        return scene, refresh(scene.investor.cookie, "snaptrade")

    def check(scene: Scene, _done: Done) -> None:
        scene.assert_gone()
        if event_type == "USER_DELETED":
            assert not any(entry.startswith("source#") for entry in scene.investor.state())

    Interleaving(prepare, deliver_update, check).holds(process_pool)


def test_connection_broken_during_refresh_stays_broken(new_pending_source: Any, process_pool: ProcessPool) -> None:  # noqa: ANN401
    """The connection breaks again just before the refresh records its repair."""

    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = new_pending_source("snaptrade")
        scene.investor.delivers(scene.linked, scene.investor.announced(scene.linked, event_type="CONNECTION_BROKEN"))
        return scene, refresh(scene.investor.cookie, "snaptrade")

    def meanwhile(scene: Scene) -> None:
        scene.investor.app.control(scene.linked, "break")
        scene.investor.app.deliver_all("snaptrade")

    def check(scene: Scene, _done: Done) -> None:
        assert scene.investor.row(scene.linked)["status"] == "reconnect_required"

    Interleaving(prepare, meanwhile, check).holds(process_pool)
