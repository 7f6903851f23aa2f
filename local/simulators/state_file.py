"""A simulator's memory: one JSON document, written whole so that a restart (or a kill) never finds half of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class StateFile:
    """Where the document lives; with no path it is kept for the life of the process only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def load(self, initial: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if self._path is None or not self._path.exists():
            return initial()
        document: dict[str, Any] = json.loads(self._path.read_text())
        return document

    def save(self, document: object) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.touch(mode=0o600)  # it holds a signing key and the users' secrets
        draft.write_text(json.dumps(document))
        draft.replace(self._path)
