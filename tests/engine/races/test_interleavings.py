"""Every pair of flows that meet on the same rows: the second one whole, between any two store calls of the first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.app import App, Linked, ProviderName
from tests.support.clock import ClockAhead
from tests.support.crew import Crew, Done, Invocation, delivery, refresh, request
from tests.support.engine import Engine
from tests.support.interleavings import Interleaving
from tests.support.investor import Investor
from tests.support.providers import Caught

EXCHANGE = "POST /plaid/exchange-public-token"
PORTAL = "POST /api/snaptrade/create-connection-url"
both = pytest.mark.parametrize("provider", ["plaid", "snaptrade"])


@dataclass
class Scene:
    """`news`: a webhook that was sent and not delivered yet."""

    investor: Investor
    linked: Linked
    news: list[Caught] = field(default_factory=list)

    def trade(self) -> None:
        self.investor.delivers(self.linked, self.investor.trades(self.linked))

    def assert_gone(self) -> None:
        assert self.investor.source(self.linked) is None
        assert self.investor.heads() == {}
        assert self.investor.parts() == set()
        assert self.investor.held() == []
        assert not self.investor.pending(self.linked.provider)


@pytest.fixture
def new_investor(app: App, engine: Engine, ahead: ClockAhead) -> Callable[[], Investor]:
    def new() -> Investor:
        ahead.by_s = 0
        app.providers.reset()
        return Investor(app, engine.dynamodb)

    return new


@pytest.fixture
def with_news(new_investor: Callable[[], Investor]) -> Callable[[ProviderName], Scene]:
    """A source that was fetched, and has news since."""

    def new(provider: ProviderName) -> Scene:
        investor = new_investor()
        scene = Scene(investor, investor.holds(provider))
        scene.trade()
        return scene

    return new


def assert_nothing_lost(scene: Scene, ahead: ClockAhead) -> None:
    """What is not pending is as the provider has it now."""
    pending, shown = scene.investor.pending(), scene.investor.held()
    ahead.by_s = 200
    again = scene.investor.app.refresh(scene.investor.cookie, scene.linked.provider, body={"all": True})
    assert again.status == 200, again.text
    assert pending or shown == scene.investor.held()
    assert not scene.investor.pending()


@both
def test_a_refresh_and_news(with_news: Any, crew: Crew, ahead: ClockAhead, provider: ProviderName) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = with_news(provider)
        return scene, refresh(scene.investor.cookie, provider)

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 200
        assert_nothing_lost(scene, ahead)

    assert Interleaving(prepare, Scene.trade, check).holds(crew) > 10


@both
def test_a_stalled_refresh_and_a_newer_one(
    with_news: Any,  # noqa: ANN401
    crew: Crew,
    ahead: ClockAhead,
    provider: ProviderName,
) -> None:
    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = with_news(provider)
        return scene, refresh(scene.investor.cookie, provider)

    def meanwhile(scene: Scene) -> None:
        scene.trade()
        ahead.by_s = 61
        scene.investor.refreshed(provider)
        scene.trade()

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status in {200, 429}
        assert_nothing_lost(scene, ahead)

    Interleaving(prepare, meanwhile, check).holds(crew)


def test_two_refreshes(with_news: Any, crew: Crew) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[Scene, Invocation]:
        answers.clear()
        scene: Scene = with_news("plaid")
        scene.investor.app.providers.reset()
        return scene, refresh(scene.investor.cookie, "plaid")

    def meanwhile(scene: Scene) -> None:
        answers.append(scene.investor.app.refresh(scene.investor.cookie, "plaid").status)

    def check(scene: Scene, done: Done) -> None:
        assert sorted([*answers, done.answered.status]) == [200, 429]
        assert len(scene.investor.app.providers.calls("plaid", "/investments/holdings/get")) == 1

    Interleaving(prepare, meanwhile, check).holds(crew)


@both
def test_a_refresh_and_unlinking(with_news: Any, crew: Crew, provider: ProviderName) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = with_news(provider)
        return scene, refresh(scene.investor.cookie, provider)

    def check(scene: Scene, _done: Done) -> None:
        scene.assert_gone()

    Interleaving(prepare, unlink, check).holds(crew)


def unlink(scene: Scene) -> None:
    investor, source_id = scene.investor, scene.linked.source_id
    if scene.linked.provider == "plaid":
        route, parameters = "DELETE /plaid/items/{item_id}", {"item_id": source_id}
    else:
        route, parameters = "DELETE /api/snaptrade/connections/{connection_id}", {"connection_id": source_id}
    assert investor.app.request(route, investor.cookie, parameters=parameters).status == 204


@pytest.mark.parametrize("event_type", ["CONNECTION_DELETED", "USER_DELETED"])
def test_a_refresh_and_the_news_of_an_end(with_news: Any, crew: Crew, event_type: str) -> None:  # noqa: ANN401
    """The provider's event may come before its own answers agree with it."""

    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = with_news("snaptrade")
        scene.news = scene.investor.announced(scene.linked, event_type=event_type)
        return scene, refresh(scene.investor.cookie, "snaptrade")

    def check(scene: Scene, _done: Done) -> None:
        scene.assert_gone()
        if event_type == "USER_DELETED":
            assert not any(entry.startswith("source#") for entry in scene.investor.state())

    Interleaving(prepare, deliver_news, check).holds(crew)


def deliver_news(scene: Scene) -> None:
    scene.investor.delivers(scene.linked, scene.news)


def test_a_refresh_and_a_broken_connection(with_news: Any, crew: Crew) -> None:  # noqa: ANN401
    """The refresh is about to say that it was repaired when it breaks again."""

    def prepare() -> tuple[Scene, Invocation]:
        scene: Scene = with_news("snaptrade")
        scene.investor.delivers(scene.linked, scene.investor.announced(scene.linked, event_type="CONNECTION_BROKEN"))
        return scene, refresh(scene.investor.cookie, "snaptrade")

    def meanwhile(scene: Scene) -> None:
        scene.investor.app.control(scene.linked, "break")
        scene.investor.app.deliver_all("snaptrade")

    def check(scene: Scene, _done: Done) -> None:
        assert scene.investor.row(scene.linked)["status"] == "reconnect_required"

    Interleaving(prepare, meanwhile, check).holds(crew)


@both
def test_an_update_and_unlinking(new_investor: Any, crew: Crew, provider: ProviderName) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        investor = new_investor()
        scene = Scene(investor, investor.holds(provider))
        return scene, delivery(provider, investor.announced(scene.linked)[0])

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 200
        scene.assert_gone()

    assert Interleaving(prepare, unlink, check).holds(crew) == 2


def test_the_first_update_of_a_connection_and_its_end(new_investor: Any, crew: Crew) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        investor = new_investor()
        new = investor.connects_another(investor.links("snaptrade"))
        scene = Scene(investor, new, investor.announced(new, event_type="CONNECTION_DELETED"))
        return scene, delivery("snaptrade", investor.announced(new, event_type="CONNECTION_ADDED")[0])

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 200
        assert scene.investor.source(scene.linked) is None

    assert Interleaving(prepare, deliver_news, check).holds(crew) > 2


@pytest.mark.parametrize("by", ["event", "user"])
def test_the_end_of_a_user_and_a_new_connection(new_investor: Any, crew: Crew, by: str) -> None:  # noqa: ANN401
    """Whoever ends everything also ends what appears while that is done."""

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
        assert scene.investor.item(scene.linked) in (None, scene.investor.item(scene.linked))
        assert not any(entry.startswith("source#") for entry in scene.investor.state())

    Interleaving(prepare, deliver_news, check).holds(crew)


def test_two_users_who_link_one_item(new_investor: Any, crew: Crew) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[Scene, Invocation]:
        answers.clear()
        scene = unlinked(new_investor())
        return scene, request(EXCHANGE, scene.investor.cookie, body={"public_token": scene.investor.user_id})

    def meanwhile(scene: Scene) -> None:
        other = Investor(scene.investor.app, scene.investor.dynamodb)
        answers.append(scene.investor.app.request(EXCHANGE, other.cookie, body={"public_token": other.user_id}).status)

    def check(scene: Scene, done: Done) -> None:
        assert sorted([*answers, done.answered.status]) == [201, 409]
        assert (scene.investor.source(scene.linked) is not None) == (done.answered.status == 201)

    Interleaving(prepare, meanwhile, check).holds(crew)


def test_linking_and_an_update(new_investor: Any, crew: Crew) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        scene = unlinked(new_investor())
        return scene, request(EXCHANGE, scene.investor.cookie, body={"public_token": scene.investor.user_id})

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 201
        assert scene.investor.generation(scene.linked) == 2

    Interleaving(prepare, deliver_news, check).holds(crew)


def test_an_update_and_linking(new_investor: Any, crew: Crew) -> None:  # noqa: ANN401
    def prepare() -> tuple[Scene, Invocation]:
        scene = unlinked(new_investor())
        return scene, delivery("plaid", scene.news[0])

    def link(scene: Scene) -> None:
        scene.investor.owns(scene.linked)

    def check(scene: Scene, done: Done) -> None:
        assert done.answered.status == 200
        assert scene.investor.generation(scene.linked) == 2

    Interleaving(prepare, link, check).holds(crew)


def unlinked(investor: Investor) -> Scene:
    """A Plaid item of nobody, with an update under way; every public token leads to it."""
    linked = investor.connects("plaid")
    item = {"item_id": linked.item_id, "access_token": investor.credential(linked)}
    investor.app.providers.plaid("faults", path="/item/public_token/exchange", kind="status", status=200, body=item)
    return Scene(investor, linked, investor.announced(linked))


def test_registering_in_two_tabs(new_investor: Any, crew: Crew) -> None:  # noqa: ANN401
    answers: list[int] = []

    def prepare() -> tuple[Investor, Invocation]:
        answers.clear()
        investor: Investor = new_investor()
        return investor, request(PORTAL, investor.cookie, body={})

    def meanwhile(investor: Investor) -> None:
        answers.append(investor.app.request(PORTAL, investor.cookie, body={}).status)

    def check(investor: Investor, done: Done) -> None:
        assert sorted([*answers, done.answered.status]) in ([200, 200], [200, 409])
        assert len(investor.app.providers.calls("snaptrade", "/snapTrade/registerUser")) == 1
        assert investor.app.request(PORTAL, investor.cookie, body={}).status == 200

    Interleaving(prepare, meanwhile, check).holds(crew)
