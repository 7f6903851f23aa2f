"""What README.md and docs/ name exists: files, places in them, functions, alarms, metrics, permissions."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

import tidings
from tests.support.aws.stack import ROOT, Stack
from tidings.observability import MetricName
from tools import permissions

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TOP = {
    ".ci",
    "benchmarks",
    "cli",
    "docs",
    "frontend",
    "functions",
    "layers",
    "local",
    "requirements",
    "tests",
    "tools",
    "verification",
}
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
def test_every_relative_link_has_a_target(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_readme_links_every_docs_page() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", prose(ROOT / "README.md")))
    assert linked == {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}


@page_by_page
def test_every_path_named_in_docs_exists(page: Path) -> None:
    named = {
        text.partition("::")[0]
        for text in quoted(page)
        if "/" in text and text.partition("/")[0] in TOP and not re.search(r"[<*… ]", text)
    }
    assert [path for path in sorted(named - BUILT) if not (ROOT / path).exists()] == []


def modules() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(tidings.__path__)}


def test_layer_diagram_names_every_package() -> None:
    diagram = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("```")[2].partition("```")[0]
    assert modules() - set(re.findall(r"\w+", diagram)) == set()


@page_by_page
def test_every_code_name_in_docs_exists(page: Path) -> None:
    dotted = {text for text in quoted(page) if re.fullmatch(r"[a-z_]+(\.\w+)+", text)}
    files = re.compile(r"\.(py|md|json|yaml)$")
    named = {text for text in dotted if text.partition(".")[0] in modules() and not files.search(text)}
    assert [name for name in sorted(named) if not resolves(name)] == []


def resolves(name: str) -> bool:
    """Whether `store.claims.claim` is a module of the package, or an attribute that one has once it is imported."""
    found: object = tidings
    for part in name.split("."):
        if isinstance(found, ModuleType) and not hasattr(found, part):
            if not hasattr(found, "__path__") or find_spec(f"{found.__name__}.{part}") is None:
                return False
            import_module(f"{found.__name__}.{part}")
        if not hasattr(found, part) and part not in getattr(found, "__annotations__", {}):
            return False
        found = getattr(found, part, None)
    return True


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("store", True),
        ("errors.TidingsError", True),
        ("errors.TidingsError.slug", True),
        ("model.User.user_id", True),
        ("errors.Nothing", False),
        ("errors.TidingsError.nothing", False),
        ("errors.TidingsError.slug.nothing", False),
        ("nothing.at_all", False),
    ],
)
def test_docs_name_resolves_to_imported_object(name: str, there: bool) -> None:
    assert resolves(name) == there


@page_by_page
def test_every_test_named_in_docs_exists(page: Path) -> None:
    folders = (ROOT / "tests", ROOT / "verification")
    tests = "\n".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    named = {text for text in quoted(page) if re.fullmatch(r"test_\w+", text)}
    assert [name for name in sorted(named) if f"def {name}(" not in tests] == []


def rows(page: Path) -> Iterator[list[str]]:
    """The cells of every table of a page."""
    for line in prose(page).splitlines():
        if line.startswith("| "):
            yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def test_permissions_page_matches_template() -> None:
    assert permissions.FILE.read_text("utf-8") == permissions.written(), "run `make permissions`"


def test_every_alarm_and_metric_is_documented() -> None:
    stack = Stack.from_template()
    explained = set(quoted(ROOT / "docs" / "operations.md"))
    assert set(stack.resources_of_type("AWS::CloudWatch::Alarm")) - explained == set()
    assert set(get_args(MetricName)) - explained == set()


def test_every_documented_metric_exists() -> None:
    page = prose(ROOT / "docs" / "operations.md")
    table = page.split("| metric |", 1)[1].split("\n\n", 1)[0]
    explained = {name for line in table.splitlines()[2:] for name in re.findall(r"`([A-Z]\w+)`", line.split("|")[1])}
    filters = Stack.from_template().resources_of_type("AWS::Logs::MetricFilter").values()
    filtered = {one["MetricName"] for each in filters for one in each["Properties"]["MetricTransformations"]}
    assert explained == {*get_args(MetricName), *filtered}


def test_every_alarm_has_a_line_in_the_runbook() -> None:
    """Meaning, what users see, where to look, what to do: none of them empty."""
    lines = [cells for cells in rows(ROOT / "docs" / "operations.md") if re.match(r"\w+Alarm\b", cells[0])]
    told = [name for cells in lines for name in re.findall(r"\w+Alarm\b", cells[0])]
    assert sorted(told) == sorted(Stack.from_template().resources_of_type("AWS::CloudWatch::Alarm"))
    assert [cells[0] for cells in lines if len(cells) != 5 or not all(cells)] == []
