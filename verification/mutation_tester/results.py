"""The figures of each module when all its changes were last tried, and the changes that no test noticed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .paths import CACHE, ROOT

_RESULTS = ROOT / "verification" / "mutation_tester" / "results.json"
_SURVIVORS = CACHE / "survivors.json"


class ModuleResult(NamedTuple):
    """`tried_on`: a date. `noticed_by`: the files of the tests that noticed changes, those of the most first."""

    tried_on: str
    noticed: int
    equivalent: int
    survived: int
    noticed_by: Sequence[str]

    def describe(self, module: str) -> str:
        return f"== {module}: {self.noticed} noticed, {self.equivalent} equivalent, {self.survived} survived"


def load_results() -> Mapping[str, ModuleResult]:
    """Return the figures by module."""
    return {module: ModuleResult(**one) for module, one in _load(_RESULTS).items()}


def store_result(module: str, result: ModuleResult) -> None:
    """Replace the figures of a module. The files that noticed changes before are kept, after the new ones."""
    results = dict(load_results())
    before = results[module].noticed_by if module in results else ()
    results[module] = result._replace(noticed_by=list(dict.fromkeys([*result.noticed_by, *before])))
    _store(_RESULTS, {name: results[name]._asdict() for name in sorted(results)})


def load_survivors(module: str) -> Sequence[str]:
    """Return the names of the changes of a module that no test noticed last time."""
    found: Sequence[str] = _load(_SURVIVORS).get(module, [])
    return found


def store_survivors(module: str, names: Sequence[str]) -> None:
    _store(_SURVIVORS, {**_load(_SURVIVORS), module: names})


def _load(path: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(path.read_text()) if path.exists() else {}


def _store(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n")
