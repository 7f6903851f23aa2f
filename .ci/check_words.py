#!/usr/bin/env python3
"""Check names, texts and prose: no retired word, no citation of what is not in the repository, few long sentences.

The rules and what they allow stand in .ci/retired_words.toml. Values that rows, messages, metrics and the API carry
keep their spelling: write them in backticks in prose, and allow their names there.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from words import prose, python, repository, typescript
from words.rules import Finding, Rules
from words.source import Source

_ROOT = Path(__file__).resolve().parent.parent
_COMMENTED = (".toml", ".yaml", ".yml", ".in", ".cfg", "Makefile", ".gitignore", ".editorconfig")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    rules = Rules.load(options.rules)
    findings: list[Finding] = []
    for path, text in repository.texts(options.root, options.paths):
        findings += rules.cited(path, text)
        if not path.startswith(rules.skipped):
            findings += rules.broken(path, _read(path, text, shows_texts=path.startswith(rules.shown)))
    too_long = rules.long_percent > rules.max_percent
    if options.report:
        _print_by_file([*findings, *rules.long_sentences])
    elif findings or too_long:
        _print_summary(findings)
    measured = f"{len(rules.long_sentences)} of {rules.sentences} sentences ({rules.long_percent:.1f} %)"
    print(f"{len(findings)} retired words and citations; {measured} have over {rules.max_words} words")
    if too_long:
        print(f"At most {rules.max_percent} % of the sentences may be that long.")
    return 1 if findings or too_long else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check names, texts and prose for retired words.")
    parser.add_argument("paths", nargs="*", help="files or folders; all tracked files if none is given")
    parser.add_argument("--report", action="store_true", help="list every finding and every long sentence")
    parser.add_argument("--root", type=Path, default=_ROOT, help="the repository")
    parser.add_argument("--rules", type=Path, default=_ROOT / ".ci" / "retired_words.toml", help="the rules")
    return parser.parse_args(arguments)


def _read(path: str, text: str, *, shows_texts: bool) -> Source:
    if path.endswith(".py"):
        return python.read(path, text, shows_texts=shows_texts)
    if path.endswith((".ts", ".tsx", ".mjs")):
        return typescript.read(path, text, shows_texts=shows_texts)
    if path.endswith(".md"):
        return Source(prose=prose.markdown(text))
    if path.endswith(_COMMENTED) or text.startswith("#!"):
        return Source(texts=prose.help_lines(text), prose=prose.comments(text, "#"))
    return Source()


def _print_by_file(findings: Iterable[Finding]) -> None:
    for path, of_path in groupby(sorted(set(findings)), key=lambda finding: finding.path):
        listed = list(of_path)
        print(f"{path}: {len(listed)}")
        for finding in listed:
            print(f"  {path}:{finding.line}: {finding.rule}: {finding.message}")
        print()


def _print_summary(findings: Sequence[Finding]) -> None:
    files = Counter(finding.path for finding in findings)
    for path, count in sorted(files.items()):
        rules = Counter(finding.rule for finding in findings if finding.path == path)
        print(f"{path}: {count} ({', '.join(f'{rule} {of_rule}' for rule, of_rule in sorted(rules.items()))})")
    print("List them with .ci/check_words.py --report [path ...]")


if __name__ == "__main__":
    sys.exit(main())
