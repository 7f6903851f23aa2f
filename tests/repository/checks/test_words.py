"""What .ci/check_words.py reports of a repository, and what it lets pass."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws.stack import ROOT

RULES = """
[sentences]
max_words = 5
max_percent = 50.0
[files]
skipped = ["generated/"]
shown_texts = ["product/"]
[[citation]]
pattern = "\\u00a7"
instead = "cite a heading"
[[name]]
paths = ["product/"]
kinds = ["module", "class"]
names = { due = "policy", Meter = "RateLimiter" }
[[word]]
words = ["look"]
instead = "status check"
paths = ["product/", "tests/"]
unless = ["look_up"]
[[word]]
words = ["news"]
instead = "update"
paths = ["product/", "tests/"]
in_test_names = true
[[text]]
pattern = "\\\\bnews\\\\b"
instead = "update"
[[phrase]]
pattern = "\\\\blooked at\\\\b"
instead = "checked"
[[allowed_name]]
pattern = "take_look"
reason = "published"
[[allowed_text]]
pattern = "evening news"
reason = "plain English"
"""


class Repository:
    """A repository with rules of its own, and what the check says of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = folder / "rules.toml"
        self.rules.write_text(RULES, "utf-8")
        self.tracked: list[str] = []
        subprocess.run(["git", "init", "-q", str(folder)], check=True)  # noqa: S607

    def add(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        self.tracked.append(path)

    def check(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        subprocess.run(["git", "add", "--", *self.tracked], cwd=self.folder, check=True)  # noqa: S607
        command = [sys.executable, str(ROOT / ".ci" / "check_words.py"), "--root", str(self.folder)]
        command += ["--rules", str(self.rules), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def findings(self, *paths: str) -> list[str]:
        """`path:line: rule` of each."""
        lines = self.check("--report", *paths).stdout.splitlines()
        return [":".join(line.strip().split(":")[:3]) for line in lines if line.startswith("  ")]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_repository_without_findings_passes(repository: Repository) -> None:
    repository.add(
        "product/policy.py", '"""Say when."""\n\n\ndef look_up() -> None:\n    raise Gone("Evening news only")\n'
    )
    ran = repository.check()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "0 retired words and citations; 0 of 1 sentences (0.0 %) have over 5 words\n"


def test_citation_is_found_in_any_text_file(repository: Repository) -> None:
    for path in ("notes.txt", "generated/types.ts", "product/policy.py"):
        repository.add(path, "# first\n# \u00a75\n")
    (repository.folder / "untracked.txt").write_text("\u00a7", "utf-8")
    assert repository.findings() == [
        "generated/types.ts:2: citation",
        "notes.txt:2: citation",
        "product/policy.py:2: citation",
    ]


def test_retired_names_are_found_where_they_are_defined(repository: Repository) -> None:
    repository.add("product/due.py", "class Meter:\n    def take_look(self) -> None: ...\n    def _look(self): ...\n")
    repository.add("product/use.py", "from product.due import Meter\n\nlook = Meter().look\n")
    repository.add("elsewhere/due.py", "class Meter: ...\n")
    assert repository.findings() == ["product/due.py:1: name", "product/due.py:1: name", "product/due.py:3: name"]


def test_camel_case_is_split_into_words(repository: Repository) -> None:
    repository.add("product/page.ts", "export const lookAway = 1;\nexport function look_up() {}\ntype APILook = 1;\n")
    assert repository.findings() == ["product/page.ts:1: name", "product/page.ts:3: name"]


def test_test_name_may_use_a_word_retired_only_elsewhere(repository: Repository) -> None:
    repository.add("tests/test_it.py", "def test_a_look() -> None: ...\ndef test_news() -> None: ...\n")
    assert repository.findings() == ["tests/test_it.py:2: name"]


def test_retired_word_is_found_in_what_people_see(repository: Repository) -> None:
    shown = {
        "Makefile": "fetch: ready ## fetch the news\n",
        "product/Page.tsx": "const page = <p className={wide}>No news yet</p>;",
        "product/command.py": 'option("--since", help="Only news since then")',
        "product/errors.py": 'raise NotFound("There is no news.")',
        "product/inserted.ts": "const label = `No news of ${`any ${name}`}`;",
        "product/labels.ts": 'const LABELS = { none: "No news yet" };',
        "product/log.py": 'warned("no news yet")',
        "product/logger.py": 'logger.info(f"no news of {name}")',
        "product/problem.py": 'class Gone(Error):\n    slug, title = "gone", "No news"',
    }
    for path, text in shown.items():
        repository.add(path, text)
    line = {"product/problem.py": 2}
    assert repository.findings() == [f"{path}:{line.get(path, 1)}: text" for path in shown]


def test_internal_string_is_not_a_text(repository: Repository) -> None:
    repository.add("product/rows.py", 'KIND = "news"\nsend("news", {"news of": 1})')
    repository.add("product/page.ts", "// const a = 'no news';\nconst b = (news) => news + 1;")
    repository.add("tests/support.py", 'raise NotFound("There is no news.")')
    assert repository.findings() == []


def test_retired_phrase_is_found_in_prose(repository: Repository) -> None:
    prose = {
        ".ci/script": ("#!/usr/bin/env bash\n# looked at\n", 2),
        "docs/item.md": ("First\n\n- it is\n  looked at\n", 3),
        "docs/table.md": ("| a | b |\n|---|---|\n| c | looked at |\n", 3),
        "product/comment.py": ("x = 1\n# what is\n# looked at\n", 2),
        "product/comment.ts": ("/** What is\n * looked at */\nconst a = 1; // fine\n", 1),
        "product/docstring.py": ('"""Summary.\n\nIt is looked at.\n"""', 3),
        "product/same_line.py": ("x = 1  # \x6cooked at\n", 1),
        "rules/a.yaml": ("a: 1\n# looked at\n", 2),
    }
    for path, (text, _) in prose.items():
        repository.add(path, text)
    assert repository.findings() == [f"{path}:{line}: phrase" for path, (_, line) in prose.items()]


def test_code_in_docs_is_not_prose(repository: Repository) -> None:
    repository.add("docs/page.md", "The reason `looked at` is stored.\n\n```\nlooked at\n```\n")
    assert repository.findings() == []


def test_too_many_long_sentences_fail(repository: Repository) -> None:
    repository.add("docs/page.md", "One two three four five. One `two three` four five six seven.\n")
    assert (repository.check().returncode, repository.findings()) == (0, ["docs/page.md:1: sentence"])
    repository.add("docs/page.md", "One two three four five six.\n")
    ran = repository.check()
    assert ran.returncode == 1
    assert ran.stdout.endswith("At most 50.0 % of the sentences may be that long.\n")


def test_report_is_grouped_by_file_and_limited_to_paths(repository: Repository) -> None:
    repository.add("a.md", "looked at\n\nlooked at\n")
    repository.add("b.md", "looked at\n")
    ran = repository.check("--report")
    assert ran.returncode == 1
    assert [line for line in ran.stdout.splitlines() if line and not line.startswith(" ")][:2] == ["a.md: 2", "b.md: 1"]
    assert repository.findings("b.md") == ["b.md:1: phrase"]
    assert "a.md: 2 (phrase 2)" in repository.check().stdout


def test_exception_without_a_reason_is_an_error(repository: Repository) -> None:
    repository.rules.write_text(RULES.replace('reason = "plain English"', 'reason = ""'), "utf-8")
    assert "allowed without a reason" in repository.check().stderr


def test_rules_of_this_repository_are_valid() -> None:
    ran = subprocess.run(
        [
            sys.executable,
            str(ROOT / ".ci" / "check_words.py"),
            ".ci/retired_words.toml",
            ".ci/words",
            ".ci/check_words.py",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
