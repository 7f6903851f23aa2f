"""MiniStack: DynamoDB, KMS, Secrets Manager and SQS on loopback, in its own virtual environment (it pins botocore).

It keeps its state in memory, saves it to the folder `state` on SIGTERM, and loads it when it starts.
"""

import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from local.errors import LocalCloudError
from local.processes import Process, Supervisor

SERVICES = "dynamodb,dynamodbstreams,kms,secretsmanager,sqs"
_KEEP_ALIVE_S = 350
"""Longer than a client pauses: boto3 would send a request on a connection that the server is just closing."""
_ROOT = Path(__file__).resolve().parent.parent


class MiniStack:
    """A MiniStack process on a port, with a folder for its state. `app`: uvicorn's arguments for the application."""

    def __init__(
        self, supervisor: Supervisor, port: int, state: Path, log: Path, app: Sequence[str] = ("ministack.app:app",)
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._supervisor = supervisor
        self._port = port
        self._state = state
        self._log = log
        self._app = app
        self._process: Process | None = None

    def start(self) -> None:
        """Start the process; `wait` waits until it answers."""
        self._state.mkdir(parents=True, exist_ok=True)
        command = [
            str(_interpreter()),
            *("-m", "uvicorn", *self._app),
            *("--host", "127.0.0.1", "--port", str(self._port)),
            *("--timeout-keep-alive", str(_KEEP_ALIVE_S)),
            *("--log-level", "warning", "--no-access-log"),
        ]
        self._process = self._supervisor.start("MiniStack", command, log=self._log, env=self._environment())

    def wait(self) -> None:
        """Wait until the process answers. Raises LocalCloudError if it does not."""
        if self._process is None:
            raise LocalCloudError("MiniStack has not been started")
        self._supervisor.wait_until(lambda: is_responding(f"{self.url}/_ministack/health"), self._process)

    def stop(self) -> None:
        """Stop the process, and return when its state is saved."""
        if self._process is not None:
            self._supervisor.stop(self._process)
            self._process = None

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "SERVICES": SERVICES,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._state.resolve()),
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_HOST": "127.0.0.1",
            "IOT_MTLS_ENABLED": "no",  # otherwise it listens on port 8883 of every interface
            "SFTP_ENABLED": "no",
            "LOG_LEVEL": "WARNING",
        }


def is_responding(url: str) -> bool:
    """Return whether a GET of `url` succeeds within a second."""
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310  always http://127.0.0.1
            return int(response.status) < 300
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _interpreter() -> Path:
    venv = Path(os.environ.get("MINISTACK_VENV", _ROOT / ".venv-ministack"))
    python = venv / "bin" / "python"
    if not python.exists():
        raise LocalCloudError(f"MiniStack's virtual environment {venv} is missing: run `make environments`")
    return python
