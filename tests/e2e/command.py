"""Run the operator's command against the local cloud."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from local.cloud import LocalCloud

TIDINGS = Path(sys.executable).with_name("tidings")
_SHELL = ("PATH", "HOME", "PYTHONPATH")
"""Variables to remove: an operator's shell has none of the function environment that these tests set."""


def tidings(cloud: LocalCloud, *arguments: str) -> "subprocess.CompletedProcess[str]":
    port = str(urlsplit(cloud.front).port)
    command = [str(TIDINGS), "--local", "--port", port, *arguments]
    shell = {name: os.environ[name] for name in _SHELL if name in os.environ}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=shell)
