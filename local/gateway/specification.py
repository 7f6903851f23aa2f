"""Define the gateway's specification, which `local.deployment` reads from the template and passes on as JSON."""

import re
from dataclasses import dataclass
from typing import Any, Self

from pydantic import TypeAdapter

from local.gateway.cron import Cron

INTEGRATION_TIMEOUT_S = 30.0
ISSUER_PATH = "/_local/issuer"
ECB_PATH = "/_local/ecb"
LIVE_PATH = "/_local/live"
_UNITS_S = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
_ANY_METHOD = "x-amazon-apigateway-any-method"


@dataclass(frozen=True)
class Function:
    """One Lambda function; `folder` is its code, `layers` are folders for its import path."""

    logical_id: str
    handler: str
    runtime: str
    folder: str
    layers: list[str]
    timeout_s: float
    memory_mb: int
    log_format: str
    log_level: str | None
    environment: dict[str, str]


@dataclass(frozen=True)
class Route:
    """One route of the HTTP API: method (or ANY), path with `{name}` and `{name+}`, or `$default`."""

    method: str
    path: str
    function: str
    timeout_s: float

    @classmethod
    def parse(cls, method: str, path: str, function: str, timeout_ms: int | None) -> Self:
        """Parse one operation of the API's OpenAPI body."""
        name = "ANY" if method == _ANY_METHOD else method.upper()
        timeout_s = INTEGRATION_TIMEOUT_S if timeout_ms is None else timeout_ms / 1000
        return cls(name, path.removeprefix("/") if path == "/$default" else path, function, timeout_s)

    @property
    def route_key(self) -> str:
        """Return the `routeKey` that the function receives."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True)
class Cors:
    """CORS settings of the HTTP API (`x-amazon-apigateway-cors`)."""

    allow_origins: list[str]
    allow_methods: list[str]
    allow_headers: list[str]
    expose_headers: list[str]
    allow_credentials: bool
    max_age_s: int | None

    @classmethod
    def parse(cls, settings: dict[str, Any]) -> Self:
        """Parse the template's settings; API Gateway compares origins and methods literally."""
        max_age = settings.get("maxAge")
        return cls(
            allow_origins=settings.get("allowOrigins", []),
            allow_methods=settings.get("allowMethods", []),
            allow_headers=settings.get("allowHeaders", []),
            expose_headers=settings.get("exposeHeaders", []),
            allow_credentials=str(settings.get("allowCredentials", False)).lower() == "true",
            max_age_s=None if max_age is None else int(max_age),
        )


@dataclass(frozen=True)
class Throttle:
    """A token bucket: up to `burst` requests at once, refilled at `rate` per second."""

    rate: float
    burst: float

    @classmethod
    def parse(cls, settings: dict[str, Any]) -> "Throttle | None":
        """Parse a stage's route settings; return None if they set no limit."""
        rate, burst = settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")
        return None if rate is None or burst is None else cls(float(rate), float(burst))


@dataclass(frozen=True)
class FunctionUrl:
    """A function URL, which listens on its own port."""

    logical_id: str
    function: str
    port: int


@dataclass(frozen=True)
class EventSource:
    """A queue whose messages a function receives in batches.

    If `reports_failures`, the function names the failed messages; otherwise the batch fails as a whole.
    """

    function: str
    queue_arn: str
    queue_url: str
    batch_size: int
    reports_failures: bool


@dataclass(frozen=True)
class StreamSource:
    """A table's stream whose records a function receives in batches.

    `patterns`: a record must match one of them, if there are any. `retries`: how often a failed batch is tried again
    before it is dropped. If `bisects`, a batch that fails as a whole is halved first. Records older than `max_age_s`
    are dropped; -1 keeps them.
    """

    function: str
    stream_arn: str
    batch_size: int
    patterns: list[dict[str, Any]]
    reports_failures: bool
    bisects: bool
    retries: int
    max_age_s: float


@dataclass(frozen=True)
class LiveApi:
    """The API of live updates. `host` names it; `authorizer` is the function that decides who may listen.

    `token_pattern`: what a token must look like for the authorizer to be asked. `namespaces`: of its channels.
    """

    host: str
    authorizer: str
    token_pattern: str
    namespaces: list[str]


@dataclass(frozen=True)
class Schedule:
    """A rule that invokes a function: every `every_s`, or when `cron` says so. A disabled rule runs only on demand."""

    logical_id: str
    function: str
    every_s: float | None
    cron: str | None = None
    is_enabled: bool = True

    @classmethod
    def parse(cls, logical_id: str, function: str, expression: str, state: str = "ENABLED") -> Self:
        """Parse a schedule expression such as `rate(15 minutes)` or `cron(0 18 ? * MON-FRI *)`.

        Raises LocalCloudError if the local cloud can't evaluate it.
        """
        is_enabled = state == "ENABLED"
        rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
        if rate:
            return cls(logical_id, function, int(rate[1]) * _UNITS_S[rate[2]], is_enabled=is_enabled)
        Cron.parse(expression)
        return cls(logical_id, function, None, expression, is_enabled)


@dataclass(frozen=True)
class Component:
    """Another process of the local cloud: its name, its address, and a path that returns 200 while it is up."""

    name: str
    url: str
    health_path: str


@dataclass(frozen=True)
class Issuer:
    """The local OIDC issuer, which the gateway serves below its own address."""

    address: str
    audience: str


@dataclass(frozen=True)
class Gateway:
    """The specification of the gateway's process.

    `environment` and `python_path` extend those of every function. Functions call AWS at `aws_endpoint`, the gateway
    at `ministack`. `record`: the file in which calls to AWS are recorded, if they are. `page` is the folder of the
    built page, and `page_config` its configuration. `deployment` is the description that the `tidings` command
    requests.
    """

    port: int
    functions: list[Function]
    routes: list[Route]
    cors: Cors | None
    throttles: dict[str, Throttle]
    function_urls: list[FunctionUrl]
    event_sources: list[EventSource]
    stream_sources: list[StreamSource]
    live_api: LiveApi | None
    record: str | None
    schedules: list[Schedule]
    python: str
    concurrency: int
    environment: dict[str, str]
    python_path: list[str]
    logs: str
    aws_endpoint: str
    ministack: str
    sessions_table: str | None
    page: str
    page_config: dict[str, bool]
    issuer: Issuer | None
    components: list[Component]
    deployment: dict[str, Any]

    def dump(self) -> str:
        """Return the specification as JSON."""
        return _GATEWAY.dump_json(self, indent=1).decode()

    @classmethod
    def load(cls, text: str) -> "Gateway":
        """Parse the output of `dump`."""
        return _GATEWAY.validate_json(text)


_GATEWAY = TypeAdapter(Gateway)
