"""Which tests run which lines of the layer: only those can notice a change there."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import coverage
import pytest

from tests.mutations.workshop import LAYER, ROOT

Lines = dict[str, dict[int, list[str]]]


class _Contexts:
    """Every line that runs during a test counts as the test's, whatever thread it runs in."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._measured.switch_context(item.nodeid)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration


def measure(tests: Sequence[str], to: Path) -> None:
    """Run the tests once and write down the lines of each, the quickest test first."""
    measured = coverage.Coverage(data_file=None, source=[str(LAYER / "tidings")], config_file=False)
    contexts = _Contexts(measured)
    measured.start()
    ended = pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[contexts])
    measured.stop()
    assert ended == pytest.ExitCode.OK, ended
    lines: Lines = {}
    data = measured.get_data()
    for file in data.measured_files():
        of_file = lines.setdefault(str(Path(file).relative_to(LAYER / "tidings")), {})
        for line, names in data.contexts_by_lineno(file).items():
            of_file[line] = sorted((name for name in names if name), key=lambda name: contexts.seconds.get(name, 9))
    to.write_text(json.dumps(lines))


def read(of: Path) -> Lines:
    return {
        file: {int(line): names for line, names in lines.items()} for file, lines in json.loads(of.read_text()).items()
    }


if __name__ == "__main__":
    import os
    import sys

    os.chdir(ROOT)
    measure(sys.argv[2:], Path(sys.argv[1]))
