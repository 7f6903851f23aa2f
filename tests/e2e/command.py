"""The operator's command, run against the local cloud."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from local.cloud import LocalCloud

TIDINGS = Path(sys.executable).with_name("tidings")
_SHELL = ("PATH", "HOME", "PYTHONPATH")
"""An operator's shell has nothing of a function's environment, which these tests have."""


def tidings(cloud: LocalCloud, *arguments: str) -> "subprocess.CompletedProcess[str]":
    port = str(urlsplit(cloud.front).port)
    command = [str(TIDINGS), "--local", "--port", port, *arguments]
    shell = {name: os.environ[name] for name in _SHELL if name in os.environ}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=shell)
