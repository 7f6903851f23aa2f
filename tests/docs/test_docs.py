"""What README.md and docs/ name exists: files, places in them, functions, alarms, metrics, permissions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import permissions
from tests.support.stack import ROOT, Stack

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGE = ROOT / "layers" / "common" / "src" / "tidings"
TOP = {".ci", "benchmarks", "cli", "docs", "frontend", "functions", "layers", "local", "requirements", "tests"}
BUILT = {"frontend/page/dist"}
page_by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """The text without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def quoted(page: Path) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def anchors(page: Path) -> set[str]:
    """GitHub's names of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@page_by_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_the_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", prose(ROOT / "README.md")))
    assert linked == {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}


@page_by_page
def test_every_path_of_the_repository_exists(page: Path) -> None:
    named = {
        text.partition("::")[0]
        for text in quoted(page)
        if "/" in text and text.partition("/")[0] in TOP and not re.search(r"[<*… ]", text)
    }
    assert [path for path in sorted(named - BUILT) if not (ROOT / path).exists()] == []


def modules() -> set[str]:
    return {path.stem for path in PACKAGE.iterdir() if path.suffix in {"", ".py"} and not path.stem.startswith("__")}


def test_every_part_is_explained() -> None:
    assert modules() - set(quoted(ROOT / "docs" / "architecture.md")) == set()


@page_by_page
def test_every_module_and_function_exists(page: Path) -> None:
    dotted = {text for text in quoted(page) if re.fullmatch(r"[a-z_]+(\.\w+)+", text)}
    named = {text for text in dotted if text.partition(".")[0] in modules() and not re.search(r"\.(py|md|json)$", text)}
    assert [name for name in sorted(named) if not exists(name)] == []


def exists(name: str) -> bool:
    """Whether `store.claims.claim` is a module of the package or defined at the top of one."""
    parts, place = name.split("."), PACKAGE
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if parts and (place / f"{parts[0]}.py").is_file():
        place /= f"{parts.pop(0)}.py"
    elif place.is_dir():
        place /= "__init__.py"
    if not parts:
        return place.is_file()
    defined = rf"^(?:(?:async )?def|class) {parts[0]}\b|^{parts[0]}\b.*="
    return len(parts) == 1 and re.search(defined, place.read_text("utf-8"), re.MULTILINE) is not None


@page_by_page
def test_every_test_exists(page: Path) -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    named = {text for text in quoted(page) if re.fullmatch(r"test_\w+", text)}
    assert [name for name in sorted(named) if f"def {name}(" not in tests] == []


def rows(page: Path) -> Iterator[list[str]]:
    """The cells of every table of a page."""
    for line in prose(page).splitlines():
        if line.startswith("| "):
            yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def test_the_permissions_are_those_of_the_template() -> None:
    assert permissions.FILE.read_text("utf-8") == permissions.written(), "run `make permissions`"


def threats() -> list[list[str]]:
    """The rows of the threat model: letters of STRIDE, threat, control, tests."""
    return [cells for cells in rows(ROOT / "docs" / "security.md") if re.fullmatch(r"[STRIDE]{1,6}", cells[0])]


def test_every_threat_has_a_test_that_exists() -> None:
    found = threats()
    assert {letter for cells in found for letter in cells[0]} == set("STRIDE")
    untested = []
    for _, threat, _, held in found:
        nodes = re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", held)
        if not nodes:
            untested.append(threat)
        untested += [f"{path}::{name}" for path, name in nodes if not defines(path, name)]
    assert untested == []


def defines(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and re.search(rf"^( {{4}})?def {name}\(", file.read_text("utf-8"), re.MULTILINE) is not None


def test_every_alarm_and_metric_is_explained() -> None:
    explained = set(quoted(ROOT / "docs" / "operations.md"))
    alarms = set(Stack.translated().of_type("AWS::CloudWatch::Alarm"))
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    calls = re.findall(r"(?<![\w.])count\((.+?)[,)]", source)
    metrics = {name for call in calls for name in re.findall(r'"([A-Z]\w+)"', call)}
    assert {"Webhook", "Refreshed", "RefreshFailed", "Failed"} <= metrics
    assert (alarms | metrics) - explained == set()


def test_every_alarm_has_a_line_in_the_runbook() -> None:
    """Meaning, what users see, where to look, what to do: none of them empty."""
    lines = [cells for cells in rows(ROOT / "docs" / "operations.md") if re.match(r"\w+Alarm\b", cells[0])]
    told = [name for cells in lines for name in re.findall(r"\w+Alarm\b", cells[0])]
    assert sorted(told) == sorted(Stack.translated().of_type("AWS::CloudWatch::Alarm"))
    assert [cells[0] for cells in lines if len(cells) != 5 or not all(cells)] == []
