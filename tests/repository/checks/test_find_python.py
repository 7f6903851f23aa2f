"""Which interpreter the environments and the two test runs get."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws.stack import ROOT

# Claims to be another version, and runs what it is given.
_FAKE = """#!{python}
import sys
sys.version_info = (3, {minor}, 0, "final", 0)
exec(sys.argv[2])
"""


def find_python(*arguments: str, path: Path) -> str:
    """Return the name of what .ci/find-python prints, with the interpreters of a folder first."""
    found = subprocess.run(
        [ROOT / ".ci" / "find-python", *arguments],
        env={"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout.strip()).name


@pytest.fixture
def interpreters(tmp_path: Path) -> Path:
    for minor in (11, 12, 13):
        file = tmp_path / f"python3.{minor}"
        file.write_text(_FAKE.format(python=sys.executable, minor=minor))
        file.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((), "python3.13"), (("3.12",), "python3.12"), (("not", "3.13"), "python3.11"), (("not", "3.11"), "python3.12")],
)
def test_find_python_prefers_the_deployed_version_then_the_oldest(
    interpreters: Path, arguments: tuple[str, ...], name: str
) -> None:
    assert find_python(*arguments, path=interpreters) == name


def test_find_python_passes_over_a_shim_that_does_not_start(interpreters: Path) -> None:
    (interpreters / "python3.11").write_text("#!/bin/sh\nexit 127\n")
    assert find_python("not", "3.13", path=interpreters) != "python3.13"
    with pytest.raises(subprocess.CalledProcessError):
        find_python("3.99", path=interpreters)
