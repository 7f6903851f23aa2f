"""Lint the translated templates with every rule of cfn-lint and checkov: lint_templates.py [template...]

Only the translated templates say what AWS would create. cfn-lint reads them for five regions, one of which has no
AWS::Lambda::Url. Fails for each finding that .ci/lint_exceptions.toml does not explain, and for each exception that
explains nothing. Neither tool needs a network.
"""

import json
import logging
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXCEPTIONS = ROOT / ".ci" / "lint_exceptions.toml"
TEMPLATES = (ROOT / "template.yaml", ROOT / "observability.yaml")
REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-1", "sa-east-1", "us-gov-west-1")
CFN_LINT = (ROOT / ".venv" / "bin" / "cfn-lint", "--include-checks", "I", "--include-experimental", "--format", "json")
CHECKOV = (ROOT / ".venv-checkov" / "bin" / "checkov", "--framework", "cloudformation", "--skip-download", "--compact")
REQUIRED = {"AllowedOrigins": "https://app.example.com"}


@dataclass(frozen=True, order=True)
class Finding:
    """What a tool says about a resource. `resource` is its logical id, or `template` for the file as a whole."""

    tool: str
    rule: str
    resource: str
    message: str

    def __str__(self) -> str:
        return f"{self.tool} {self.rule} {self.resource}: {self.message}"


@dataclass(frozen=True)
class LintException:
    """A line of .ci/lint_exceptions.toml: a rule that need not hold for resources whose logical id matches."""

    tool: str
    rule: str
    resources: str
    reason: str

    def explains(self, finding: Finding) -> bool:
        is_rule = (self.tool, self.rule) == (finding.tool, finding.rule)
        return is_rule and any(fnmatchcase(finding.resource, pattern) for pattern in self.resources.split())


def load_exceptions(path: Path) -> list[LintException]:
    """Load the exceptions. Raises ValueError for an exception without a reason."""
    exceptions = [LintException(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["exceptions"]]
    if nameless := [one.rule for one in exceptions if not one.reason.strip()]:
        raise ValueError(f"exceptions without a reason: {', '.join(nameless)}")
    return exceptions


def judge(findings: Iterable[Finding], exceptions: Sequence[LintException]) -> list[str]:
    """Return the findings that no exception explains, and the exceptions that explain nothing."""
    remaining, used = [], set()
    for finding in sorted(set(findings)):
        if explained := [one for one in exceptions if one.explains(finding)]:
            used.update(explained)
        else:
            remaining.append(str(finding))
    unused = [f"explains nothing: {one.tool} {one.rule} {one.resources}" for one in exceptions if one not in used]
    return remaining + unused


def write_variants(template: Path, folder: Path) -> Iterator[Path]:
    """Translate the template into the folder: with its defaults and, if that differs, with each choice's last value."""
    from local.translation import load_template, parameter_values, translate

    source = load_template(template)
    declared = source.get("Parameters", {})
    last = {name: one["AllowedValues"][-1] for name, one in declared.items() if "AllowedValues" in one}
    passed = {name: "" for name, one in declared.items() if "Default" not in one} | REQUIRED
    choices = {"defaults": {}, "last-choices": {name: str(value) for name, value in last.items()}}
    written: set[str] = set()
    for name, chosen in choices.items():
        text = json.dumps(translate(source, parameter_values(source, passed | chosen)), sort_keys=True)
        if text not in written:
            written.add(text)
            path = folder / f"{template.stem}-{name}.json"
            path.write_text(text, "utf-8")
            yield path


def _run(command: Sequence[object]) -> Any:  # noqa: ANN401 - a tool's JSON
    """Run a tool and parse its output. Their exit codes also tell of findings."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}") from None


def run_cfn_lint(paths: Sequence[Path]) -> Iterator[Finding]:
    """Yield the findings of cfn-lint in all regions."""
    for match in _run([*CFN_LINT, "--regions", *REGIONS, "--template", *paths]):
        path = match["Location"]["Path"] or []
        resource = str(path[1]) if path[:1] == ["Resources"] and len(path) > 1 else "template"
        yield Finding("cfn-lint", match["Rule"]["Id"], resource, match["Message"].partition("\n")[0][:200])


def run_checkov(folder: Path) -> Iterator[Finding]:
    """Yield the findings of checkov about all files of the folder."""
    report = _run([*CHECKOV, "--quiet", "--output", "json", "--directory", folder])
    if report["summary"]["parsing_errors"]:
        raise RuntimeError(f"checkov cannot read {report['results']['parsing_errors']}")
    for failed in report["results"]["failed_checks"]:
        yield Finding("checkov", failed["check_id"], failed["resource"].rpartition(".")[2], failed["check_name"])


def main() -> int:
    """Lint the templates, and print what remains."""
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns that it can't send metrics
    templates = [Path(name) for name in sys.argv[1:]] or TEMPLATES
    exceptions = load_exceptions(EXCEPTIONS)
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths = [path for template in templates for path in write_variants(template, folder)]
        findings = [*run_cfn_lint(paths), *run_checkov(folder)]
    faults = judge(findings, exceptions)
    for fault in faults:
        print(fault)
    counts = f"{len(paths)} translated templates, {len(findings)} findings, {len(exceptions)} exceptions"
    print(f"{counts}: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
