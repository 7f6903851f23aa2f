"""Ask the advisory databases about every lock: pip-audit for Python's, npm audit for the front end's.

Fails for each advisory that .ci/advisories.toml does not accept, and for each whose acceptance has expired. A database
that does not answer fails nothing: the output then says NOT AUDITED, so that the checks also run without a network.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 25
_BATCH_SIZE = 40
_NAMES_SHOWN = 5
_UNREACHABLE = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|timed? ?out|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|audit endpoint"
    r"|HTTPError|ServiceError",
    re.IGNORECASE,
)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


class ToolFailure(RuntimeError):
    """An audit tool failed for a reason other than an unreachable database. The message is the tool's output."""


@dataclass(frozen=True)
class Advisory:
    """An advisory about a locked package. `ids` are its names in the different databases."""

    package: str
    ids: frozenset[str]
    place: str


@dataclass
class Findings:
    """The result of one tool. `unaudited` says which packages have no result, and why."""

    audited: int = 0
    advisories: list[Advisory] = field(default_factory=list)
    unaudited: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Acceptance:
    """An entry of .ci/advisories.toml."""

    id: str
    package: str
    reason: str
    until: date

    def covers(self, advisory: Advisory) -> bool:
        return self.package == advisory.package and self.id in advisory.ids


_NPM_LOCKS = {"front end": "frontend", "Stryker": "frontend/stryker"}
"""The folders of npm's locks, by what they install."""


def find_python_locks() -> list[Path]:
    return [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "layers" / "common" / "requirements.txt"]


def audit_python_locks(pip_audit: str, locks: Sequence[Path]) -> Findings:
    places = _parse_pins(locks)
    findings, skipped = Findings(), list[str]()
    batches = _split_into_batches(places)
    with ThreadPoolExecutor() as pool:
        reports = list(pool.map(partial(_run_pip_audit, pip_audit), batches))
    for batch, report in zip(batches, reports, strict=True):
        if report is None:
            findings.unaudited.append(f"{len(batch)} Python packages: the advisory database does not answer")
            continue
        for package in report["dependencies"]:
            if "skip_reason" in package:
                skipped.append(package["name"])
                continue
            findings.audited += 1
            place = f"{places[package['name'].lower(), package['version']]}, {package['version']}"
            for advisory in package["vulns"]:
                ids = frozenset({advisory["id"], *advisory.get("aliases", ())})
                findings.advisories.append(Advisory(package["name"], ids, place))
    if skipped:
        findings.unaudited.append(
            f"{len(skipped)} Python packages that the database does not know: {_abbreviate(skipped)}"
        )
    return findings


def _parse_pins(locks: Sequence[Path]) -> dict[tuple[str, str], str]:
    """Return every pinned name and version, with the first lock that pins it."""
    places: dict[tuple[str, str], str] = {}
    for lock in locks:
        for name, version in _PIN.findall(lock.read_text("utf-8")):
            places.setdefault((name.lower(), version), str(lock.relative_to(ROOT)))
    return places


def _split_into_batches(pins: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Split pins into small batches with one version per package.

    pip-audit rejects two versions of a package, and the locks have some. It queries packages one after the other, so
    small batches in parallel are faster.
    """
    batches: list[dict[str, str]] = []
    for name, version in pins:
        batch = next((known for known in batches if name not in known and len(known) < _BATCH_SIZE), None)
        if batch is None:
            batches.append(batch := {})
        batch[name] = version
    return batches


def _run_pip_audit(pip_audit: str, pins: dict[str, str]) -> dict[str, Any] | None:
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{name}=={version}\n" for name, version in pins.items())
        file.flush()
        options = ("--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json", "--timeout", "10")
        return _run_tool([pip_audit, "-r", file.name, *options])


def audit_npm_lock(npm: str, folder: str) -> Findings:
    report = _run_tool([npm, "--prefix", str(ROOT / folder), "audit", "--package-lock-only", "--json"])
    if report is None:
        return Findings(unaudited=[f"the packages of {folder}: the advisory database does not answer"])
    findings = Findings(audited=report["metadata"]["dependencies"]["total"])
    for vulnerability in report["vulnerabilities"].values():
        for cause in vulnerability["via"]:
            if isinstance(cause, dict):  # A string names another vulnerable package, which has its own entry.
                ids = frozenset({cause["url"].rpartition("/")[2]})
                place = f"{folder}/package-lock.json, {cause['range']}"
                findings.advisories.append(Advisory(cause["name"], ids, place))
    return findings


def _abbreviate(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")


def _run_tool(command: Sequence[str]) -> dict[str, Any] | None:
    """Run an audit tool and return its JSON report, or None if its database is unreachable.

    Raises ToolFailure if the tool fails otherwise.
    """
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return None
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = {}
    if "dependencies" in report or "vulnerabilities" in report:
        return dict(report)
    if _UNREACHABLE.search(done.stderr + done.stdout):
        return None
    raise ToolFailure(f"{Path(command[0]).name}: {done.stderr or done.stdout}")


def load_acceptances(path: Path) -> list[Acceptance]:
    """Load the accepted advisories. Raises TypeError if an entry lacks a field or has an unknown one."""
    entries = tomllib.loads(path.read_text("utf-8")).get("accepted", [])
    return [Acceptance(**entry) for entry in entries]


def find_violations(findings: Findings, acceptances: Sequence[Acceptance], today: date) -> Iterator[str]:
    """Yield each advisory that is not accepted, or not any more. Print the accepted ones."""
    for advisory in findings.advisories:
        acceptance = next((entry for entry in acceptances if entry.covers(advisory)), None)
        name = f"{advisory.package} ({advisory.place}): {', '.join(sorted(advisory.ids))}"
        if acceptance is None:
            yield name
        elif acceptance.until < today:
            yield f"{name}, accepted until {acceptance.until}"
        else:
            print(f"accepted until {acceptance.until}: {name}: {acceptance.reason}")


def main() -> int:
    options = _parse_options()
    acceptances = load_acceptances(options.accepted)
    with ThreadPoolExecutor(3) as pool:
        python = pool.submit(audit_python_locks, options.pip_audit, find_python_locks())
        npm = {name: pool.submit(audit_npm_lock, options.npm, folder) for name, folder in _NPM_LOCKS.items()}
        findings_by_name = {"Python": python.result(), **{name: found.result() for name, found in npm.items()}}
    violations: list[str] = []
    for name, findings in findings_by_name.items():
        print(f"{name}: {findings.audited} packages audited, {len(findings.advisories)} advisories")
        for reason in findings.unaudited:
            print(f"NOT AUDITED: {reason}")
        violations += find_violations(findings, acceptances, datetime.now(UTC).date())
    for violation in violations:
        print(f"VULNERABLE: {violation}", file=sys.stderr)
    return 1 if violations else 0


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pip-audit", default=str(ROOT / ".venv-audit" / "bin" / "pip-audit"))
    parser.add_argument("--npm", default="npm")
    parser.add_argument("--accepted", type=Path, default=ROOT / ".ci" / "advisories.toml")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
