"""What docs/reliability.md publishes is the matrix that the tests run."""

from tests.e2e.faults import published
from tests.e2e.faults.matrix import FAULTS
from tests.support.aws.stack import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")


def test_every_fault_is_published_as_it_is_tested() -> None:
    assert "\n".join(published.faults()) in PAGE, "python -m tests.e2e.faults.published writes the table"


def test_every_invariant_is_published_as_it_is_checked() -> None:
    assert "\n".join(published.checks()) in PAGE, "python -m tests.e2e.faults.published writes the table"


def test_no_fault_stands_twice() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
