"""Store a simulator's state as one JSON document, replaced atomically so that a kill never leaves half of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class StateFile:
    """The file of the document; without a path, nothing is stored."""

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
        draft.touch(mode=0o600)  # the state contains a signing key and the users' secrets
        draft.write_text(json.dumps(document))
        draft.replace(self._path)
