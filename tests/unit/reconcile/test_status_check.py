"""What a check of one item records, by what the provider says about its sources."""

import pytest

from tests.support.drivers.output import capture_output
from tests.unit.reconcile.check_world import NOW, OK, STAMP, World, found, row
from tidings.errors import EndReported, ItemGone, NotOffered, ProviderError, ReconnectRequired
from tidings.model import Source, StatusChange
from tidings.store.sources import NotLinked, Removed

DISABLED = StatusChange("reconnect_required", "connection_disabled")
CREDENTIAL_LOST = StatusChange("reconnect_required", "credential_lost")
ENDED = StatusChange("revoked", "gone")
FETCHED = {"a": ("link-a", STAMP), "b": ("link-b", STAMP)}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(monkeypatch)
    world.stored = dict(FETCHED)
    return world


def test_provider_is_asked_about_known_sources_for_nine_seconds(world: World) -> None:
    world.answer = [found("a"), found("b")]
    assert world.check(row("a"), row("*"), row("b")) == {}
    assert world.asked == [(["a", "b"], 109.0)]


def test_unchanged_source_is_recorded_as_checked(world: World) -> None:
    world.answer = [found("a")]
    assert world.check(row("a")) == {}
    assert world.done == [("end cleared", "a"), ("checked", "a", NOW, True)]


@pytest.mark.parametrize("stored", [("link-a", "2026-02-18T00:00:00Z"), ("link-a", None), ("older", STAMP), None])
def test_other_stamp_than_the_snapshots_is_a_missed_update(
    world: World, stored: tuple[str, str | None] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    world.stored = {"a": stored} if stored else {}
    world.answer = [found("a")]
    with capture_output(capsys) as output:
        assert world.check(row("a")) == {"marked": 1}
    assert (world.said("update"), world.said("checked")) == ([("a", NOW)], [])
    assert output.metric_sum("Reconciled", provider="snaptrade", outcome="marked") == 1


def test_update_that_was_overtaken_is_left_to_the_next_check(world: World) -> None:
    world.stored, world.overtaken = {}, {"a"}
    world.answer = [found("a")]
    assert world.check(row("a"), row("*")) == {"overtaken": 1}
    assert world.said("checked") == [("*", NOW, False)]


@pytest.mark.parametrize("status", [OK, None])
def test_source_without_stamp_is_not_answered(world: World, status: StatusChange | None) -> None:
    world.answer = [found("a", status, stamp=None), found("b")]
    assert world.check(row("a"), row("b"), row("*")) == {}
    assert world.said("checked") == [("a", NOW, False), ("b", NOW, True), ("*", NOW, False)]
    assert world.said("end cleared") == ([("a",), ("b",)] if status else [("b",)])


@pytest.mark.parametrize(
    "source",
    [
        row("a", generation=1),
        row("a", last_error=NotOffered.slug),
        row("a", status="revoked", status_reason="gone"),
    ],
    ids=["pending", "no investments", "ended"],
)
def test_source_that_cannot_have_an_update_is_not_compared(world: World, source: Source) -> None:
    world.stored, world.answer = {}, [found("a")]
    assert "marked" not in world.check(source)
    assert (world.compared, world.said("checked")) == ([], [("a", NOW, True)])


def test_only_found_sources_are_compared(world: World) -> None:
    world.answer = [found("b")]
    world.check(row("a"), row("b"), row("*"))
    assert world.compared == ["b"]


def test_source_that_is_gone_is_removed_if_its_link_is_the_same(world: World) -> None:
    world.answer, world.kept = [found("a")], {"c"}
    assert world.check(row("a"), row("b"), row("c"), row("*")) == {"gone": 1}
    assert world.said("removed") == [("b", "link-b"), ("c", "link-c")]
    assert world.said("checked") == [("a", NOW, True), ("*", NOW, True)]


def test_unknown_connection_is_created_with_an_update(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.answer = [found("a"), found("new")]
    world.others = (row("a"), row("*"), row("other"), Source("plaid", "new", "new", "link"))
    with capture_output(capsys) as output:
        assert world.check(row("a")) == {"found": 1, "marked": 1}
    assert (world.said("created"), world.said("update")) == ([("new", "Bank of new")], [("new", NOW)])
    assert world.said("removed") == []
    assert output.metric_sum("Reconciled", provider="snaptrade", outcome="found") == 1


def test_new_connection_has_an_update_even_without_stamp(world: World) -> None:
    world.answer = [found("new", stamp=None)]
    assert world.check(row("*")) == {"found": 1, "marked": 1}
    assert world.said("checked") == [("*", NOW, True)]


@pytest.mark.parametrize("error", [Removed(), NotLinked()])
def test_connection_that_was_removed_meanwhile_leaves_the_others(world: World, error: Exception) -> None:
    world.answer, world.create_errors = [found("first"), found("second")], {"first": error}
    assert world.check(row("*")) == {"found": 1, "marked": 1}
    assert [name for name, _ in world.said("update")] == ["second"]


def test_status_that_changed_is_recorded_and_counted(world: World) -> None:
    world.answer = [found("a", DISABLED, stamp=None)]
    assert world.check(row("a")) == {"status": 1}
    assert (world.said("status"), world.said("end cleared")) == ([("a", DISABLED)], [])


@pytest.mark.parametrize(
    ("status", "reason", "counted"),
    [
        ("reconnect_required", "connection_disabled", {}),
        ("reconnect_required", "credential_lost", {"status": 1}),
        ("expiring", "connection_disabled", {"status": 1}),
    ],
)
def test_status_that_is_known_is_not_counted(world: World, status: str, reason: str, counted: dict[str, int]) -> None:
    world.answer = [found("a", DISABLED, stamp=None)]
    assert world.check(row("a", status=status, status_reason=reason)) == counted


def test_status_that_lost_to_a_newer_one_is_not_counted(world: World) -> None:
    world.answer, world.unchanged = [found("a", DISABLED, stamp=None)], {"a"}
    assert world.check(row("a")) == {}


@pytest.mark.parametrize("status", ["ok", "expiring", "revoked"])
def test_working_login_leaves_other_statuses(world: World, status: str) -> None:
    world.answer = [found("a")]
    assert "status" not in world.check(row("a", status=status))
    assert world.said("status") == []


def test_working_login_ends_a_required_reconnect(world: World) -> None:
    world.answer = [found("a")]
    assert world.check(row("a", status="reconnect_required", status_reason="connection_disabled")) == {"status": 1}
    assert world.said("status") == [("a", OK)]


def test_source_that_has_ended_has_no_update(world: World) -> None:
    world.stored, world.answer = {}, [found("a", ENDED)]
    assert world.check(row("a")) == {"status": 1}
    assert (world.said("update"), world.said("checked")) == ([], [("a", NOW, True)])


@pytest.mark.parametrize(
    ("error", "change"), [(ItemGone(), ENDED), (ReconnectRequired("credential_lost"), CREDENTIAL_LOST)]
)
def test_refused_item_sets_status_of_all_its_sources(world: World, error: ProviderError, change: StatusChange) -> None:
    world.answer = error
    assert world.check(row("a"), row("*")) == {"status": 2}
    assert world.said("status") == [("a", change), ("*", change)]
    assert world.said("checked") == [("a", NOW, False), ("*", NOW, False)]


@pytest.mark.parametrize("disbelieved", [set(), {"a"}, {"b"}])
def test_reported_end_is_an_outage_until_it_is_believed_of_every_source(world: World, disbelieved: set[str]) -> None:
    error = EndReported("not_supported")
    world.answer, world.disbelieved = error, disbelieved
    if disbelieved:
        with pytest.raises(EndReported) as raised:
            world.check(row("a"), row("b"))
        assert raised.value is error
    else:
        assert world.check(row("a"), row("b")) == {"status": 2}
    assert world.said("end") == [("a", "not_supported", NOW), ("b", "not_supported", NOW)]


def test_outage_changes_nothing(world: World) -> None:
    world.answer = ProviderError()
    with pytest.raises(ProviderError):
        world.check(row("a"))
    assert world.done == []
