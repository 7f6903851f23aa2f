"""Asks the advisory databases about every lock: pip-audit for Python's, npm audit for the front end's.

Fails for an advisory that .ci/advisories.toml does not accept, or not any more. Where a database does not answer there
is nothing to say, and that is said: it is no failure.
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
LIMIT_S = 25
_AT_ONCE = 40
_NAMED = 5
_NO_ANSWER = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|timed? ?out|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|audit endpoint"
    r"|HTTPError|ServiceError",
    re.IGNORECASE,
)


class BrokenTool(RuntimeError):
    """It failed by itself: what it says."""


_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Advisory:
    """`ids`: of the same advisory, as different databases call it."""

    package: str
    ids: frozenset[str]
    place: str


@dataclass
class Findings:
    """What a tool found. `unaudited`: what it has nothing to say about, and why."""

    audited: int = 0
    advisories: list[Advisory] = field(default_factory=list)
    unaudited: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Accepted:
    id: str
    package: str
    reason: str
    until: date

    def covers(self, advisory: Advisory) -> bool:
        return self.package == advisory.package and self.id in advisory.ids


def python_locks() -> list[Path]:
    return [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "layers" / "common" / "requirements.txt"]


def of_python(pip_audit: str, locks: Sequence[Path]) -> Findings:
    where: dict[tuple[str, str], str] = {}
    for lock in locks:
        for name, version in _PINNED.findall(lock.read_text("utf-8")):
            where.setdefault((name.lower(), version), str(lock.relative_to(ROOT)))
    found, skipped = Findings(), []
    rounds = _rounds(where)
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(partial(_asked_of_pip_audit, pip_audit), rounds))
    for pins, answer in zip(rounds, answers, strict=True):
        if answer is None:
            found.unaudited.append(f"{len(pins)} Python packages: the advisory database does not answer")
            continue
        for one in answer["dependencies"]:
            if "skip_reason" in one:
                skipped.append(one["name"])
                continue
            found.audited += 1
            place = where[one["name"].lower(), one["version"]]
            for advisory in one["vulns"]:
                ids = frozenset({advisory["id"], *advisory.get("aliases", ())})
                found.advisories.append(Advisory(one["name"], ids, f"{place}, {one['version']}"))
    if skipped:
        found.unaudited.append(f"{len(skipped)} Python packages that the database says nothing of: {_some(skipped)}")
    return found


def _rounds(pins: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """pip-audit takes one version of a package, of which the locks have several, and asks for one after the other."""
    rounds: list[dict[str, str]] = []
    for name, version in pins:
        free = next((one for one in rounds if name not in one and len(one) < _AT_ONCE), None)
        if free is None:
            rounds.append(free := {})
        free[name] = version
    return rounds


def _asked_of_pip_audit(pip_audit: str, pins: dict[str, str]) -> dict[str, Any] | None:
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{name}=={version}\n" for name, version in pins.items())
        file.flush()
        options = ("--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json", "--timeout", "10")
        return _answer([pip_audit, "-r", file.name, *options])


def of_the_front_end(npm: str) -> Findings:
    answer = _answer([npm, "--prefix", str(ROOT / "frontend"), "audit", "--package-lock-only", "--json"])
    if answer is None:
        return Findings(unaudited=["the front end's packages: the advisory database does not answer"])
    found = Findings(audited=answer["metadata"]["dependencies"]["total"])
    for one in answer["vulnerabilities"].values():
        for via in one["via"]:
            if isinstance(via, dict):  # else it is another vulnerable package's name, which is listed itself
                ids = frozenset({via["url"].rpartition("/")[2]})
                found.advisories.append(Advisory(via["name"], ids, f"frontend/package-lock.json, {via['range']}"))
    return found


def _some(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def _answer(command: Sequence[str]) -> dict[str, Any] | None:
    """What the tool printed as JSON; None when it could not ask. BrokenTool for any other failure."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    if "dependencies" in answer or "vulnerabilities" in answer:
        return dict(answer)
    if _NO_ANSWER.search(done.stderr + done.stdout):
        return None
    raise BrokenTool(f"{Path(command[0]).name}: {done.stderr or done.stdout}")


def accepted(path: Path) -> list[Accepted]:
    """KeyError or TypeError for an entry that lacks something."""
    entries = tomllib.loads(path.read_text("utf-8")).get("accepted", [])
    return [Accepted(**entry) for entry in entries]


def judged(findings: Findings, entries: Sequence[Accepted], today: date) -> Iterator[str]:
    """What makes the audit fail."""
    for advisory in findings.advisories:
        covering = [one for one in entries if one.covers(advisory)]
        name = f"{advisory.package} ({advisory.place}): {', '.join(sorted(advisory.ids))}"
        if not covering:
            yield name
        elif covering[0].until < today:
            yield f"{name}, accepted until {covering[0].until}"
        else:
            print(f"accepted until {covering[0].until}: {name}: {covering[0].reason}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pip-audit", default=str(ROOT / ".venv-audit" / "bin" / "pip-audit"))
    parser.add_argument("--npm", default="npm")
    parser.add_argument("--accepted", type=Path, default=ROOT / ".ci" / "advisories.toml")
    asked = parser.parse_args()
    entries = accepted(asked.accepted)
    with ThreadPoolExecutor(2) as pool:
        python = pool.submit(of_python, asked.pip_audit, python_locks())
        front_end = pool.submit(of_the_front_end, asked.npm)
        both = {"Python": python.result(), "front end": front_end.result()}
    failures: list[str] = []
    for name, found in both.items():
        print(f"{name}: {found.audited} packages audited, {len(found.advisories)} advisories")
        for reason in found.unaudited:
            print(f"NOT AUDITED: {reason}")
        failures += judged(found, entries, datetime.now(UTC).date())
    for failure in failures:
        print(f"VULNERABLE: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
