"""Test .ci/audit.py with stand-ins for its tools: an advisory fails, an unreachable database only prints a warning."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws.stack import ROOT

ENTRY = '[[accepted]]\nid = "{id}"\npackage = "{package}"\nreason = "only in tests"\nuntil = {until}\n'
GOOD_NPM: dict[str, Any] = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 7}}}
BAD_NPM: dict[str, Any] = {
    **GOOD_NPM,
    "vulnerabilities": {
        "left-pad": {"via": [{"name": "left-pad", "url": "https://advisories.example/GHSA-npm", "range": "<2"}]},
        "dependent": {"via": ["left-pad"]},
    },
}
PIP_AUDIT = """
import json, pathlib, sys
pins = [line.split("==") for line in pathlib.Path(sys.argv[sys.argv.index("-r") + 1]).read_text().split()]
vulns = {vulns!r}
found = [{{"name": name, "version": version, "vulns": vulns.get(name, [])}} for name, version in pins]
print(json.dumps({{"dependencies": found, "fixes": []}}))
"""
ADVISORY = {"urllib3": [{"id": "PYSEC-1", "aliases": ["GHSA-py", "CVE-1"], "fix_versions": []}]}


class Tools:
    """Stand-ins for pip-audit and npm, and a list of accepted advisories."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write_pip_audit(PIP_AUDIT.format(vulns={}))
        self.write_npm(f"print({json.dumps(json.dumps(GOOD_NPM))})")
        self.accept("")

    def write_pip_audit(self, code: str) -> None:
        self._write("pip-audit", code)

    def write_npm(self, code: str) -> None:
        self._write("npm", code)

    def accept(self, entries: str) -> None:
        (self.folder / "advisories.toml").write_text(entries)

    def audit(self) -> "subprocess.CompletedProcess[str]":
        tools = [part for name in ("pip-audit", "npm") for part in (f"--{name}", str(self.folder / name))]
        command = [sys.executable, str(ROOT / ".ci" / "audit.py"), *tools]
        accepted = ["--accepted", str(self.folder / "advisories.toml")]
        return subprocess.run([*command, *accepted], check=False, capture_output=True, text=True, timeout=300)

    def _write(self, name: str, code: str) -> None:
        tool = self.folder / name
        tool.write_text(f"#!{sys.executable}\n{code}\n")
        tool.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


def test_audit_asks_about_every_package_of_every_lock(tools: Tools) -> None:
    done = tools.audit()
    assert (done.returncode, done.stderr) == (0, "")
    assert "NOT AUDITED" not in done.stdout
    lines = {
        line.partition("==")[::2] for lock in find_locks() for line in lock.read_text().splitlines() if "==" in line
    }
    pinned = {(name.lower(), rest.split()[0]) for name, rest in lines if not name.startswith((" ", "#"))}
    assert f"Python: {len(pinned)} packages audited, 0 advisories" in done.stdout
    assert "front end: 7 packages audited, 0 advisories" in done.stdout
    assert "Stryker: 7 packages audited, 0 advisories" in done.stdout


def find_locks() -> list[Path]:
    paths = [path for pattern in ("*/*.txt", "*/*/*.txt") for path in ROOT.glob(pattern)]
    return [path for path in paths if "--hash=" in path.read_text("utf-8")]


@pytest.mark.threat(id="poisoned-dependency")
def test_advisory_fails_and_names_its_lock(tools: Tools) -> None:
    tools.write_pip_audit(PIP_AUDIT.format(vulns=ADVISORY))
    tools.write_npm(f"print({json.dumps(json.dumps(BAD_NPM))}); raise SystemExit(1)")
    done = tools.audit()
    assert done.returncode == 1
    assert "VULNERABLE: urllib3 (" in done.stderr
    assert "CVE-1, GHSA-py, PYSEC-1" in done.stderr
    for folder in ("frontend", "frontend/stryker"):
        assert f"VULNERABLE: left-pad ({folder}/package-lock.json, <2): GHSA-npm" in done.stderr
    assert "dependent" not in done.stderr


@pytest.mark.parametrize(("until", "code"), [("2999-01-01", 0), ("2001-01-01", 1)])
def test_accepted_advisory_fails_after_its_date(tools: Tools, until: str, code: int) -> None:
    tools.write_pip_audit(PIP_AUDIT.format(vulns=ADVISORY))
    tools.accept(ENTRY.format(id="GHSA-py", package="urllib3", until=until))
    done = tools.audit()
    assert done.returncode == code
    assert ("only in tests" in done.stdout) is (code == 0)
    assert (f"accepted until {until}" in done.stderr) is (code == 1)


@pytest.mark.parametrize(("id", "package"), [("GHSA-other", "urllib3"), ("GHSA-py", "requests")])
def test_entry_accepts_only_its_own_advisory_and_package(tools: Tools, id: str, package: str) -> None:  # noqa: A002
    tools.write_pip_audit(PIP_AUDIT.format(vulns=ADVISORY))
    tools.accept(ENTRY.format(id=id, package=package, until="2999-01-01"))
    assert tools.audit().returncode == 1


def test_entry_without_reason_or_date_fails(tools: Tools) -> None:
    tools.accept('[[accepted]]\nid = "GHSA-py"\npackage = "urllib3"\n')
    assert tools.audit().returncode == 1


@pytest.mark.threat(id="poisoned-dependency")
@pytest.mark.parametrize(
    ("pip_audit", "npm"),
    [
        pytest.param(
            "import sys; sys.exit('requests.exceptions.ConnectionError: no route')",
            "import sys; print('{\"error\": {}}'); sys.exit('npm error code ENOTFOUND')",
            id="no network",
        ),
        pytest.param(
            "import sys; sys.exit('pip_audit._service.interface.ServiceError: 500')",
            "import sys; print('{\"statusCode\": 405}'); sys.exit('npm error audit endpoint returned an error')",
            id="no such service",
        ),
    ],
)
def test_unreachable_database_warns_and_passes(tools: Tools, pip_audit: str, npm: str) -> None:
    tools.write_pip_audit(pip_audit)
    tools.write_npm(npm)
    done = tools.audit()
    assert done.returncode == 0
    assert "Python: 0 packages audited" in done.stdout
    for folder in ("frontend", "frontend/stryker"):
        assert f"NOT AUDITED: the packages of {folder}: the advisory database does not answer" in done.stdout


def test_package_unknown_to_the_database_is_not_counted_as_audited(tools: Tools) -> None:
    tools.write_pip_audit(
        PIP_AUDIT.format(vulns={}).replace('"vulns": vulns.get(name, [])', '"skip_reason": "not found"')
    )
    done = tools.audit()
    assert done.returncode == 0
    assert "Python: 0 packages audited" in done.stdout
    assert "NOT AUDITED: " in done.stdout


def test_failing_tool_fails_the_audit(tools: Tools) -> None:
    tools.write_pip_audit("import sys; sys.exit('usage: pip-audit: unrecognized arguments')")
    done = tools.audit()
    assert done.returncode == 1
    assert "unrecognized arguments" in done.stderr
