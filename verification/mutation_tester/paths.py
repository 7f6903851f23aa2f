"""Where the project, its code and its tests are. Only ROOT depends on where this package is."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "common" / "src"
TESTS = ROOT / "tests"
PAGE = ROOT / "docs" / "mutations.md"
CACHE = ROOT / ".mutation-tests"
