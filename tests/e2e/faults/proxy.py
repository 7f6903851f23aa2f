"""Run microburst between the functions and MiniStack: AWS errors, delays, cut connections and lost responses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from botocore.exceptions import ReadTimeoutError

from local import aws
from local.errors import LocalCloudError
from local.ministack import is_responding
from local.processes import Supervisor
from tests.support.aws.stack import ROOT

Rule = dict[str, Any]
_CONTROL = "/_microburst"
_WARM_WITHIN_S = 300


@dataclass(frozen=True)
class FaultProxy:
    """A running microburst. Only the functions' calls pass it, so a rule spares the tests and the gateway."""

    url: str
    client: httpx.Client

    @classmethod
    def start(cls, supervisor: Supervisor, port: int, upstream: str, log: Path, client: httpx.Client) -> "FaultProxy":
        command = [str(_interpreter()), "-m", "microburst", "--upstream", upstream, "--port", str(port), "--no-resign"]
        environment = {"PATH": os.environ.get("PATH", os.defpath)}
        process = supervisor.start("fault proxy", command, log=log, env=environment)
        url = proxy_url(port)
        supervisor.wait_until(lambda: is_responding(f"{url}{_CONTROL}/health"), process)
        supervisor.wait_until(lambda: _is_warm(url), process, _WARM_WITHIN_S)
        return cls(url, client)

    @contextmanager
    def rules(self, *rules: Rule) -> Iterator[None]:
        self._ask("POST", "rules", list(rules))
        try:
            yield
        finally:
            self._ask("POST", "rules", [])

    def fired(self) -> int:
        """Return the number of calls that the proxy has made fail."""
        return int(self._ask("GET", "stats")["requests"]["faulted"])

    def _ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        answer = self.client.request(method, f"{self.url}{_CONTROL}/{path}", json=body)
        return answer.raise_for_status().json()


def proxy_url(port: int) -> str:
    """Return the proxy's address. In an IP address microburst would look for the names of all of AWS's services."""
    return f"http://localhost:{port}"


def call(service: str, operation: str | None = None, *, function: str = "", about: str = "", **effect: Any) -> Rule:  # noqa: ANN401
    """Return a rule for calls of a service. `about`: a name in the request's body, such as a table's.

    `effect` is microburst's: `error`, `latency`, `timeout_ms`, `reset`, `response`, `sequence`, `times`.
    """
    rule: Rule = {"service": service, **effect}
    if operation:
        rule["operation"] = operation
    if function:
        rule["headers"] = {"authorization": f"Credential={function}/"}
    if about:
        rule["body"] = f"contains(to_string(@), '{about}')"
    return rule


def _is_warm(url: str) -> bool:
    """Make one call of each service: the first loads descriptions, which takes longer than a function waits."""
    try:
        aws.dynamodb(url).list_tables()
        aws.kms(url).list_keys()
        aws.secretsmanager(url).list_secrets()
        aws.sqs(url).list_queues()
    except ReadTimeoutError:
        return False
    return True


def _interpreter() -> Path:
    python = ROOT / ".venv-chaos" / "bin" / "python"
    if not python.exists():
        raise LocalCloudError("the fault proxy's virtual environment .venv-chaos is missing: run `make environments`")
    return python
