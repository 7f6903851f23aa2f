"""What becomes of a batch of a stream that fails: as the event source mapping says."""

import asyncio
import json
import time
from typing import Any, cast

import pytest

from local.errors import LocalCloudError
from local.gateway.environments import FunctionService, InvocationError
from local.gateway.specification import StreamSource
from local.gateway.stream_filter import matches, validate_pattern
from local.gateway.stream_source import StreamMapping


class FakeFunction:
    """Fails for records named `poison` by their number, for `crash` as a whole."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def invoke(self, event: bytes) -> bytes:
        records = json.loads(event)["Records"]
        names = [record["dynamodb"]["Keys"]["item"]["S"] for record in records]
        self.batches.append(names)
        if "crash" in names:
            raise InvocationError
        if "nonsense" in names:
            return b'{"batchItemFailures": [{"itemIdentifier": "unheard-of"}]}'
        poison = [
            one["dynamodb"]["SequenceNumber"] for one in records if one["dynamodb"]["Keys"]["item"]["S"] == "poison"
        ]
        return json.dumps({"batchItemFailures": [{"itemIdentifier": number} for number in poison]}).encode()


def deliver(*names: str, age_s: float = 0, **changed: float) -> list[list[str]]:
    """Deliver records of this age and return the batches that the function received."""
    settings: dict[str, Any] = {"reports_failures": True, "bisects": True, "retries": 2, "max_age_s": 60.0, **changed}
    source = StreamSource("Function", "arn", 10, [], **settings)
    function = FakeFunction()
    mapping = StreamMapping(source, cast(FunctionService, function), "http://127.0.0.1")
    records = [
        {
            "dynamodb": {
                "Keys": {"item": {"S": name}},
                "SequenceNumber": str(number),
                "ApproximateCreationDateTime": time.time() - age_s,
            }
        }
        for number, name in enumerate(names)
    ]
    asyncio.run(mapping.deliver(records, source.retries))
    return function.batches


def test_batch_that_succeeds_is_delivered_once() -> None:
    assert deliver("a", "b") == [["a", "b"]]
    assert deliver() == []


def test_reported_failure_is_tried_again_from_that_record_on_and_then_dropped() -> None:
    assert deliver("a", "poison", "b") == [["a", "poison", "b"], ["poison", "b"], ["poison", "b"]]


@pytest.mark.parametrize("failing", ["crash", "nonsense"])
def test_batch_that_fails_as_a_whole_is_halved_without_using_up_a_retry(failing: str) -> None:
    halves = [["a", "b", failing], ["a"], ["b", failing], ["b"], [failing], [failing], [failing]]
    assert deliver("a", "b", failing) == halves


def test_batch_is_not_halved_unless_the_template_says_so() -> None:
    assert deliver("a", "crash", bisects=False, retries=1) == [["a", "crash"]] * 2


def test_failures_count_only_if_the_template_says_that_they_are_reported() -> None:
    assert deliver("a", "poison", reports_failures=False) == [["a", "poison"]]


def test_records_that_are_too_old_are_dropped() -> None:
    assert deliver("a", age_s=61) == []
    assert deliver("a", age_s=61, max_age_s=-1.0) == [["a"]]


PATTERN = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"entry": {"S": [{"prefix": "source#"}]}}}}


@pytest.mark.parametrize(
    ("name", "entry", "is_matched"),
    [("INSERT", "source#1", True), ("REMOVE", "source#1", False), ("MODIFY", "cooldown#1", False), (None, None, False)],
)
def test_pattern_matches_exact_values_and_prefixes(name: str | None, entry: str | None, is_matched: bool) -> None:
    assert matches(PATTERN, {"eventName": name, "dynamodb": {"Keys": {"entry": {"S": entry}}}}) == is_matched


@pytest.mark.parametrize("pattern", [{"a": [{"anything-but": "x"}]}, {"a": [1]}, {"a": "x"}, []])
def test_pattern_that_the_local_cloud_cannot_match_is_an_error(pattern: object) -> None:
    validate_pattern(PATTERN)
    with pytest.raises(LocalCloudError):
        validate_pattern(pattern)
