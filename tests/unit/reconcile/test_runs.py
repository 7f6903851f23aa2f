"""A run sends a message for each item that is due, within the providers' limits and its own time."""

from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.unit.reconcile.run_world import World, page, paged
from tidings.aws.queues import QueueMessage
from tidings.errors import StoreUnavailable
from tidings.model import ItemKey


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def checks(world: World) -> list[tuple[str, int]]:
    return [(message.about["item"], message.delay_s) for message in world.sent if message.kind == "look-1"]


def test_run_sends_due_items_and_does_the_daily_work(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.pages = [page(paged("a"), paged("b", due=False), paged("c", "snaptrade"))]
    with capture_output(capsys) as output:
        assert world.start_run() == {"batchItemFailures": []}
    assert checks(world) == [("plaid#a", 0), ("snaptrade#c", 0)]
    assert world.done == [("zeros",), ("lost",), ("brokers", 57.0)]
    [line] = output.lines_with_message("reconcile")
    assert (line["outcome"], line["request_id"]) == ("sent 2 of 3", "request")


def test_items_are_counted_by_provider_unless_they_are_backed_off(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.pages = [page(paged("a"), paged("b", due=False), paged("c", due=False, backed_off=True))]
    with capture_output(capsys) as output:
        world.start_run()
    counted = [line for line in output.lines if "ReconcileSent" in line]
    assert [(line["provider"], line["ReconcileSent"]) for line in counted] == [("plaid", [2.0]), ("snaptrade", [0.0])]


@pytest.mark.parametrize(
    ("calls_per_minute", "calls_per_check", "checks_per_minute"), [(250, 1, 100), (50, 2, 10), (4, 2, 1)]
)
def test_checks_take_forty_percent_of_their_providers_limit(
    world: World, calls_per_minute: int, calls_per_check: int, checks_per_minute: int
) -> None:
    world.readers["snaptrade"].CALLS_PER_MINUTE = calls_per_minute
    world.readers["snaptrade"].CALLS_PER_CHECK = calls_per_check
    found = [paged(str(number), "snaptrade") for number in range(2 * checks_per_minute + 1)]
    world.pages = [page(paged("plaid"), *found)]
    world.start_run()
    delays = [delay for item, delay in checks(world) if item.startswith("snaptrade")]
    assert delays == [0] * checks_per_minute + [60] * checks_per_minute + [120]


def test_run_goes_on_through_all_pages(world: World) -> None:
    last = ItemKey("plaid", "a")
    world.pages, world.page_takes_s = [page(paged("a"), last=last), page(paged("b"))], 20.0
    world.start_run()
    assert (world.asked, [item for item, _ in checks(world)]) == (
        [None, last],
        ["plaid#a", "plaid#b"],
    )


def test_run_that_is_out_of_time_is_continued_by_a_message(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    last = ItemKey("plaid", "a")
    world.pages, world.page_takes_s = [page(paged("a"), paged("b", due=False), last=last)], 20.5
    with capture_output(capsys) as output:
        world.start_run()
    counts = {"sent": {"plaid": 1, "snaptrade": 0}, "watched": {"plaid": 2, "snaptrade": 0}}
    assert world.sent[-1] == QueueMessage("page-1", {"after": "plaid#a", **counts})
    assert [line["outcome"] for line in output.lines_with_message("reconcile")] == ["sent 1 so far"]
    assert [line for line in output.lines if "ReconcileSent" in line] == []


def test_continued_run_begins_where_the_last_ended(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"sent": {"plaid": 10, "snaptrade": 0}, "watched": {"plaid": 12, "snaptrade": 3}}
    world.pages = [page(paged("b"))]
    with capture_output(capsys) as output:
        assert world.process("page-1", {"after": "plaid#a", **counts}) == []
    assert (world.asked, checks(world)) == ([ItemKey("plaid", "a")], [("plaid#b", 60)])
    assert [line["outcome"] for line in output.lines_with_message("task")] == ["sent 11 of 16"]
    assert output.metric_sum("ReconcileSent", provider="plaid") == 13


@pytest.mark.parametrize("counts", [{}, {"sent": {"plaid": 1}}])
def test_continuation_of_an_earlier_version_counts_what_it_knows(
    world: World, counts: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    world.pages = [page(paged("b"))]
    with capture_output(capsys) as output:
        assert world.process("page-1", {"after": "plaid#a", **counts}) == []
    total = 1 + sum(counts.get("sent", {}).values())
    assert [line["outcome"] for line in output.lines_with_message("task")] == [f"sent {total} of {total}"]


def test_lost_items_that_cannot_be_recorded_end_no_run(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.lost_error = StoreUnavailable()
    with capture_output(capsys) as output:
        world.start_run()
    assert len(world.said("brokers")) == 1
    assert len(output.lines_with_message("lost items not recorded")) == 1
