"""List the tracked files of a repository and read their text."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path


def texts(root: Path, only: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield path and content of each tracked text file below one of the paths in `only`, or of all."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *only],  # noqa: S607
        cwd=root,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = root / name
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        if content and b"\0" not in content:
            yield name, content.decode("utf-8")
