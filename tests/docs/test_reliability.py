"""What docs/reliability.md publishes is the matrix that the tests run."""

from tests.chaos import published
from tests.chaos.matrix import FAULTS
from tests.support.stack import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")


def test_every_fault_is_published_as_it_is_tested() -> None:
    assert "\n".join(published.faults()) in PAGE, "python -m tests.chaos.published writes the table"


def test_every_invariant_is_published_as_it_is_checked() -> None:
    assert "\n".join(published.checks()) in PAGE, "python -m tests.chaos.published writes the table"


def test_no_fault_stands_twice() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
