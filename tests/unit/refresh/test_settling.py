"""How long the cooldown lasts after a refresh, and what is counted, from each source's result."""

from typing import Any

import pytest

from tests.support.drivers.output import capture_output
from tests.unit.refresh.endpoint_world import NOW, OUTAGE, World, failed, new
from tidings.errors import (
    ConnectionEnded,
    CoolingDown,
    NotOffered,
    ProviderLimit,
    ProviderMisconfigured,
    RateLimitExceeded,
    ReconnectRequired,
    StoreUnavailable,
    TidingsError,
)
from tidings.store.cooldowns import Cooldown


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([new("a")], None),
        ([new("a"), failed("b", OUTAGE)], None),
        ([failed("a", OUTAGE)], {}),
        ([failed("a", OUTAGE), failed("b", ReconnectRequired("x"))], None),
        ([failed("a", OUTAGE), failed("b", NotOffered("x"))], None),
        ([failed("a", OUTAGE), failed("b", CoolingDown())], {}),
        ([failed("a", OUTAGE), failed("b", ConnectionEnded("x"))], {}),
        ([failed("a", ConnectionEnded("x"))], None),
        ([failed("a", CoolingDown())], None),
        ([failed("a", StoreUnavailable())], {}),
        ([OUTAGE], {}),
        ([StoreUnavailable()], None),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_cooldown_is_released_if_the_provider_failed(
    world: World, order: int, results: list[Any], expected: dict[str, object] | None
) -> None:
    world.end("plaid", *results[::order])
    world.end("snaptrade", new("c", "snaptrade"))
    world.refresh(None)
    own = Cooldown("ann", "plaid", "own-plaid")
    assert world.released == ([] if expected is None else [(own, expected)])


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("errors", "wait_s", "by_provider"),
    [
        ([ProviderLimit(retry_after_s=150), ProviderLimit(retry_after_s=90)], 150, True),
        ([ProviderLimit(), ProviderLimit(retry_after_s=45)], 60, True),
        ([ProviderLimit(retry_after_s=70), RateLimitExceeded(retry_after_s=80)], 80, True),
        ([RateLimitExceeded(retry_after_s=80)], 80, False),
        ([ProviderLimit(retry_after_s=70), OUTAGE], 70, True),
    ],
)
def test_cooldown_lasts_for_the_longest_wait(
    world: World, order: int, errors: list[TidingsError], wait_s: int, by_provider: bool
) -> None:
    world.end("plaid", *(failed(f"a{number}", error) for number, error in enumerate(errors[::order])))
    world.end("snaptrade", new("c", "snaptrade"))
    world.refresh(None)
    own = Cooldown("ann", "plaid", "own-plaid")
    assert world.released == [(own, NOW + 1000 * wait_s, {"by_provider": by_provider})]


@pytest.mark.parametrize("order", [1, -1])
def test_outcome_is_logged_and_counted(world: World, capsys: pytest.CaptureFixture[str], order: int) -> None:
    world.end("plaid", *[new("a"), failed("b", ProviderMisconfigured())][::order])
    world.end("snaptrade", failed("c", OUTAGE), failed("d", OUTAGE))
    with capture_output(capsys) as output:
        world.refresh(None)
        lines = {line["provider"]: line for line in output.lines_with_message("refreshed")}
        assert output.metric_sum("Refreshed", provider="plaid") == 1
        assert output.metric_sum("RefreshFailed", provider="snaptrade") == 1
        assert output.metric_sum("ProviderMisconfigured", provider="plaid") == 1
        assert output.metric_sum("ProviderMisconfigured", provider="snaptrade") == 0
        assert output.metric_sum("Refreshed", provider="snaptrade") == 0
    told = {name: (line["fresh"], line["asked"], line.get("error")) for name, line in lines.items()}
    assert told == {"plaid": (1, 2, None), "snaptrade": (0, 2, OUTAGE.slug)}
