"""The operator's command, run against the local cloud."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from local.cloud import LocalCloud

TIDINGS = Path(sys.executable).with_name("tidings")


def tidings(cloud: LocalCloud, *arguments: str) -> "subprocess.CompletedProcess[str]":
    port = str(urlsplit(cloud.front).port)
    command = [str(TIDINGS), "--local", "--port", port, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
