"""Start the whole local cloud as a context manager, for `make run` and for the end-to-end tests.

with local_cloud(Settings(port=0, state=tmp_path)) as cloud:
    httpx.get(cloud.front + "/pending-updates")
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from local.account import REGION
from local.deployment import Deployment, place_function_urls
from local.errors import LocalCloudError
from local.gateway.specification import ECB_PATH, ISSUER_PATH, LIVE_PATH, Component, Gateway, Issuer
from local.ministack import MiniStack, is_responding
from local.ports import free_block, require_free
from local.processes import Process, Supervisor
from local.provision import delete_table, provision
from local.settings import PORTS_TAKEN, SIGNING_SECRET_STRING, Settings
from local.state_lock import lock_state

ROOT = Path(__file__).resolve().parent.parent
# The apps of examples/ run at the page's host, because the browser sends the session cookie to all its ports.
_EXAMPLE_ORIGINS = ("http://127.0.0.1:5173", "http://127.0.0.1:5174")
_PURPOSES = (
    "page and API",
    "function URL of the Plaid webhook",
    "function URL of the SnapTrade webhook",
    "Plaid simulator",
    "SnapTrade simulator",
    "MiniStack",
    "AWS call recorder",
)


@dataclass(frozen=True)
class BuiltArtifacts:
    """The output of `sam build`, and an interpreter whose environment contains only awslambdaric."""

    python: Path
    folder: Path = ROOT / ".aws-sam" / "build"


@dataclass(frozen=True)
class Options:
    """Options of a local cloud; the defaults are those of `make run`.

    `environment` and `python_path` extend those of every function. `secrets` replaces secret values by logical id.
    If `throttled`, the gateway enforces the request rates of the template.
    """

    template: Path = ROOT / "template.yaml"
    page: Path = ROOT / "frontend" / "page" / "dist"
    built: BuiltArtifacts | None = None
    concurrency: int = 4
    simulators: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    python_path: tuple[Path, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    console: bool = False
    throttled: bool = True
    report: Callable[[str], None] = lambda _line: None


class LocalCloud:
    """A running local cloud: its addresses, and the operations that tests apply to it."""

    def __init__(self, supervisor: Supervisor, settings: Settings, options: Options) -> None:
        self._supervisor = supervisor
        self._settings = settings
        self._options = options
        port = settings.port or free_block(PORTS_TAKEN)
        self.front = f"http://127.0.0.1:{port}"
        self.logs = settings.state.resolve() / "logs"
        self.physical: dict[str, str] = {}
        self.function_urls: dict[str, str] = {}
        self.plaid_simulator = f"http://127.0.0.1:{port + 3}"
        self.snaptrade_simulator = f"http://127.0.0.1:{port + 4}"
        self.ministack_url = f"http://127.0.0.1:{port + 5}"
        self.aws_endpoint = self.ministack_url if settings.record is None else f"http://127.0.0.1:{port + 6}"
        self.ecb_simulator = self.front + ECB_PATH
        self.issuer = Issuer(self.front + ISSUER_PATH, "tidings-local")
        self._port = port
        self._live_host = f"127.0.0.1:{port}"
        self._ministack = MiniStack(supervisor, port + 5, settings.state / "ministack", self.logs / "ministack.log")
        self._components: list[Component] = [Component("MiniStack", self.ministack_url, "/_ministack/health")]
        self._deployment: Deployment | None = None

    def start(self) -> None:
        """Start every component.

        Raises LocalCloudError if a component fails to start, and StoppedError if a stop is requested meanwhile.
        """
        options, settings = self._options, self._settings
        for offset, purpose in enumerate(_PURPOSES if settings.record else _PURPOSES[:-1]):
            require_free(self._port + offset, purpose)
        options.report("starting MiniStack (DynamoDB, KMS, Secrets Manager, SQS)")
        self._ministack.start()
        recorder = self._start_recorder()
        simulators = self._start_simulators()
        options.report(f"translating {options.template.name}")
        deployment = self._deployment = self._translate()
        self._ministack.wait()
        options.report("creating tables, queues, key and secrets")
        self.provision()
        for process, url in [*recorder, *simulators]:
            options.report(f"waiting for the {process.name}")
            self._supervisor.wait_until(lambda url=url: is_responding(url), process)  # type: ignore[misc]
        options.report("starting the gateway")
        self._start_gateway(deployment)

    def provision(self) -> None:
        """Create missing tables, queues, keys and secrets."""
        if self._deployment is None:
            raise LocalCloudError("the local cloud has not been started")
        secrets = {
            "PlaidSecret": self._settings.plaid.secret_string(),
            "SnapTradeSecret": self._settings.snaptrade.secret_string(),
            "NotifySecret": SIGNING_SECRET_STRING,
            **self._options.secrets,
        }
        self.physical.update(provision(self._deployment, self.ministack_url, secrets))

    def run_schedule(self, rule: str) -> None:
        """Invoke a rule's function now. Raises LocalCloudError if the invocation fails."""
        answer = httpx.post(f"{self.front}/_local/schedules/{rule}/run", timeout=90, trust_env=False)
        if not answer.is_success:
            raise LocalCloudError(f"the schedule {rule} failed: {answer.text}")

    def stop_ministack(self) -> None:
        """Stop DynamoDB, KMS, Secrets Manager and SQS; their state is kept."""
        self._ministack.stop()

    def start_ministack(self) -> None:
        """Start DynamoDB, KMS, Secrets Manager and SQS again, with their state."""
        self._ministack.start()
        self._ministack.wait()

    def drop_table(self, logical_id: str) -> None:
        """Delete a table; `provision` creates it again, empty."""
        delete_table(self.ministack_url, logical_id)

    def log(self, function: str) -> str:
        """Return the log of a function since the start."""
        path = self.logs / f"{function}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _translate(self) -> Deployment:
        built = self._options.built
        path = self._options.template if built is None else built.folder / "template.yaml"
        origins = [self.front, f"http://localhost:{self._port}", *_EXAMPLE_ORIGINS, *self._settings.origins]
        sign_in = {"OidcIssuer": self.issuer.address, "OidcAudience": self.issuer.audience}
        parameters = {"AllowedOrigins": ",".join(origins), **sign_in, **self._settings.parameters}
        return Deployment(path, parameters, built=built is not None)

    def _start_recorder(self) -> list[tuple[Process, str]]:
        if self._settings.record is None:
            return []
        command = [
            *(sys.executable, "-m", "local.recorder", "--port", str(self._port + 6)),
            *("--target-port", str(self._port + 5), "--file", str(self._settings.record.resolve())),
        ]
        log = self.logs / "recorder.log"
        process = self._supervisor.start("AWS call recorder", command, log=log, folder=ROOT)
        return [(process, f"{self.aws_endpoint}/_recorder/health")]

    def _start_simulators(self) -> list[tuple[Process, str]]:
        plaid, snaptrade = self._settings.plaid, self._settings.snaptrade
        started = []
        if self._options.simulators and plaid.base_url is None:
            credentials = ["--client-id", plaid.client_id, "--secret", plaid.secret]
            started.append(self._start_simulator("plaid", self.plaid_simulator, credentials))
        if self._options.simulators and snaptrade.base_url is None:
            credentials = ["--client-id", snaptrade.client_id, "--consumer-key", snaptrade.consumer_key]
            webhook = ["--webhook-url", f"http://127.0.0.1:{self._port + 2}/"]
            if self._settings.parameters.get("SnapTradeKeyType") == "personal":
                credentials.append("--personal")
            if snaptrade.webhook_secret:
                webhook += ["--webhook-secret", snaptrade.webhook_secret]
            started.append(self._start_simulator("snaptrade", self.snaptrade_simulator, [*credentials, *webhook]))
        return started

    def _start_simulator(self, provider: str, url: str, arguments: list[str]) -> tuple[Process, str]:
        component = Component(f"{provider} simulator", url, "/_sim/health")
        self._components.append(component)
        state = self._settings.state / f"{provider}.json"
        command = [
            *(sys.executable, "-m", f"local.simulators.{provider}", "--port", url.rpartition(":")[2]),
            *("--state", str(state.resolve()), *arguments),
        ]
        process = self._supervisor.start(
            component.name, command, log=self.logs / f"{provider}-simulator.log", folder=ROOT
        )
        return process, url + component.health_path

    def _start_gateway(self, deployment: Deployment) -> None:
        specification = self._settings.state.resolve() / "gateway.json"
        specification.write_text(self._build_specification(deployment).dump(), "utf-8")
        log = None if self._options.console else self.logs / "gateway.log"
        command = [sys.executable, "-m", "local.gateway", str(specification)]
        process = self._supervisor.start("gateway", command, log=log, folder=ROOT)
        self._supervisor.wait_until(lambda: is_responding(f"{self.front}/_local/health"), process)

    def _build_specification(self, deployment: Deployment) -> Gateway:
        built = self._options.built
        urls = place_function_urls(deployment.function_urls(), self._port + 1)
        self.function_urls = {url.function: f"http://127.0.0.1:{url.port}/" for url in urls}
        url_attributes = {f"{url.logical_id}.FunctionUrl": self.function_urls[url.function] for url in urls}
        return Gateway(
            port=self._port,
            functions=deployment.functions(
                {**self.physical, **url_attributes, **deployment.live_attributes(self._live_host)}
            ),
            routes=deployment.routes(),
            cors=deployment.cors(),
            throttles=deployment.throttles() if self._options.throttled else {},
            function_urls=urls,
            event_sources=deployment.event_sources(self.physical),
            stream_sources=deployment.stream_sources(self.physical),
            live_api=deployment.live_api(self._live_host),
            record=None if self._settings.record is None else str(self._settings.record.resolve()),
            schedules=deployment.schedules(),
            python=sys.executable
            if built is None
            else str(built.python.absolute()),  # not resolved: the target of the link is outside its environment
            concurrency=self._options.concurrency,
            environment=self._function_environment(),
            python_path=[str(folder) for folder in self._options.python_path],
            logs=str(self.logs),
            aws_endpoint=self.aws_endpoint,
            ministack=self.ministack_url,
            sessions_table=self.physical.get("SessionsTable"),
            page=str(self._options.page),
            page_config={"paidRefresh": self._settings.parameters.get("PaidRefresh") == "on"},
            issuer=None if "OidcIssuer" in self._settings.parameters else self.issuer,
            components=self._components,
            deployment=self._describe_deployment(deployment, url_attributes),
        )

    def _describe_deployment(self, deployment: Deployment, urls: Mapping[str, str]) -> dict[str, Any]:
        """Describe names and addresses for the `tidings` command; contains no secret."""
        physical = {
            **self.physical,
            **urls,
            **deployment.live_attributes(self._live_host),
            "TidingsApi.ApiEndpoint": self.front,
        }
        environment = self._function_environment()
        return {
            **deployment.described(physical),
            "aws_endpoint": self.ministack_url,
            "region": REGION,
            "environment": {name: environment[name] for name in ("PLAID_BASE_URL", "SNAPTRADE_BASE_URL")},
        }

    def _function_environment(self) -> dict[str, str]:
        return {
            "PLAID_BASE_URL": self._settings.plaid.base_url or self.plaid_simulator,
            "SNAPTRADE_BASE_URL": self._settings.snaptrade.base_url or self.snaptrade_simulator,
            "ECB_BASE_URL": self.ecb_simulator,
            "LIVE_PUBLISH_URL": f"http://{self._live_host}{LIVE_PATH}/event",
            "LIVE_WEBSOCKET_URL": f"ws://{self._live_host}{LIVE_PATH}/event/realtime",
            **(
                {"PYTHONDONTWRITEBYTECODE": "1"} if self._options.built else {}
            ),  # otherwise Python writes byte code into the build
            **self._options.environment,
        }


@contextmanager
def local_cloud(
    settings: Settings, options: Options | None = None, supervisor: Supervisor | None = None
) -> Iterator[LocalCloud]:
    """Start the local cloud, and stop all its processes at the end. Port 0 in the settings selects free ports."""
    with lock_state(settings.state), supervisor or Supervisor() as processes:
        cloud = LocalCloud(processes, settings, options or Options())
        cloud.start()
        yield cloud
