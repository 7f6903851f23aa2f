"""What a translated template deploys, as plain data: functions, routes, CORS, tables, queues and so on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.account import ACCOUNT, REGION
from local.errors import LocalCloudError
from local.gateway.specification import (
    Cors,
    EventSource,
    Function,
    FunctionUrl,
    LiveApi,
    Route,
    Schedule,
    StreamSource,
    Throttle,
)
from local.intrinsics import Resolver
from local.live_updates import parse_live_api, parse_stream_source
from local.translation import Parameter, Template, load_template, parameter_values, translate

_INVOCATION = re.compile(r"/functions/(?P<function>[^/]+)/invocations$")
_FUNCTION = re.compile(r"(arn:aws:lambda:[\w-]+:\d+:function:)?(?P<name>\w+)(:[\w-]+)?")
"""A function's name or ARN, each with or without an alias."""
_LAMBDA_DEFAULT_TIMEOUT_S = 3


@dataclass(frozen=True)
class Table:
    """One DynamoDB table: its template properties with intrinsics resolved."""

    logical_id: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Queue:
    """One SQS queue: its template properties with intrinsics resolved."""

    logical_id: str
    properties: dict[str, Any]


class Deployment:
    """A translated template and where its code lies; `built` means artefacts of `sam build`."""

    def __init__(self, path: Path, overrides: Mapping[str, str], *, built: bool = False) -> None:
        self._folder = path.resolve().parent
        self._built = built
        template = load_template(path)
        self._parameters: dict[str, Parameter] = parameter_values(template, overrides)
        self.template: Template = translate(template, self._parameters)

    def logical_ids(self, kind: str) -> list[str]:
        """Return the ids of all deployed resources of one CloudFormation type, in alphabetical order."""
        return sorted(name for name, _ in self._resources(kind))

    def tables(self) -> list[Table]:
        """Read the tables with their key schema, indexes and TTL."""
        resolver = self._resolver({})
        return [
            Table(logical_id, resolver.resolve(resource["Properties"]))
            for logical_id, resource in self._resources("AWS::DynamoDB::Table")
        ]

    def queues(self, physical: Mapping[str, str]) -> list[Queue]:
        """Read the queues; `physical` gives the local ARNs that redrive policies name."""
        resolver = self._resolver(physical)
        return [
            Queue(logical_id, resolver.resolve(resource.get("Properties", {})))
            for logical_id, resource in self._resources("AWS::SQS::Queue")
        ]

    def event_sources(self, physical: Mapping[str, str]) -> list[EventSource]:
        """Read which function takes its events from which queue."""
        resolver = self._resolver(physical)
        urls = {physical[f"{queue}.Arn"]: physical[queue] for queue in self.logical_ids("AWS::SQS::Queue")}
        sources = []
        for _, resource in self._resources("AWS::Lambda::EventSourceMapping"):
            if "StartingPosition" in resource["Properties"]:
                continue  # of a stream
            properties = resolver.resolve(resource["Properties"])
            arn = properties["EventSourceArn"]
            sources.append(
                EventSource(
                    function=_function_name(properties["FunctionName"]),
                    queue_arn=arn,
                    queue_url=urls[arn],
                    batch_size=int(properties.get("BatchSize", 10)),
                    reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
                )
            )
        return sources

    def stream_sources(self, physical: Mapping[str, str]) -> list[StreamSource]:
        """Read which function takes its events from which table's stream, and what becomes of a failed batch."""
        resolver = self._resolver(physical)
        return [
            parse_stream_source(_function_name(properties["FunctionName"]), properties)
            for _, resource in self._resources("AWS::Lambda::EventSourceMapping")
            if "StartingPosition" in resource["Properties"]
            for properties in [resolver.resolve(resource["Properties"])]
        ]

    def live_api(self, host: str) -> LiveApi | None:
        """Read the API of live updates, or return None without one. `host`: what names it locally."""
        resolver = self._resolver(self.live_attributes(host))
        namespaces = [
            resolver.resolve(one["Properties"]) for _, one in self._resources("AWS::AppSync::ChannelNamespace")
        ]
        for _, resource in self._resources("AWS::AppSync::Api"):
            return parse_live_api(host, resolver.resolve(resource["Properties"])["EventConfig"], namespaces)
        return None

    def live_attributes(self, host: str) -> dict[str, str]:
        """Return the local values of what other resources take from the API of live updates."""
        return {
            f"{logical_id}.{name}": value
            for logical_id in self.logical_ids("AWS::AppSync::Api")
            for name, value in {"ApiId": "local", "Dns.Http": host, "Dns.Realtime": host}.items()
        }

    def secrets(self) -> dict[str, dict[str, Any]]:
        """Read the properties of the secrets, by logical id."""
        return {name: one["Properties"] for name, one in self._resources("AWS::SecretsManager::Secret")}

    def schedules(self) -> list[Schedule]:
        """Read which rule calls which function, and how often."""
        schedules = []
        for logical_id, resource in self._resources("AWS::Events::Rule"):
            rule = self._resolver({}).resolve(resource["Properties"])
            (target,) = rule["Targets"]
            schedules.append(_schedule(logical_id, _function_name(target["Arn"]), rule))
        return schedules

    def functions(self, physical: Mapping[str, str]) -> list[Function]:
        """Read the functions; `physical` gives the local values of the resources that their environments name."""
        resolver = self._resolver(physical)
        return [self._function(name, resource, resolver) for name, resource in self._resources("AWS::Lambda::Function")]

    def routes(self) -> list[Route]:
        """Read the routes of the HTTP API from its OpenAPI body."""
        return [
            route
            for _, api in self._resources("AWS::ApiGatewayV2::Api")
            for path, methods in api["Properties"]["Body"].get("paths", {}).items()
            for route in self._path_routes(path, methods)
        ]

    def cors(self) -> Cors | None:
        """Read the HTTP API's CORS settings."""
        for _, api in self._resources("AWS::ApiGatewayV2::Api"):
            if settings := api["Properties"]["Body"].get("x-amazon-apigateway-cors"):
                return Cors.parse(self._resolver({}).resolve(settings))
        return None

    def throttles(self) -> dict[str, Throttle]:
        """Read how many requests the stage lets through, by route key; routes without a limit are not named."""
        limited = {}
        for _, stage in self._resources("AWS::ApiGatewayV2::Stage"):
            named = ("DefaultRouteSettings", "RouteSettings")
            default, special = (self._resolver({}).resolve(stage["Properties"].get(name, {})) for name in named)
            for route in self.routes():
                if throttle := Throttle.parse({**default, **special.get(route.route_key, {})}):
                    limited[route.route_key] = throttle
        return limited

    def function_urls(self) -> dict[str, str]:
        """Map each function URL's logical id to its function's."""
        urls = {}
        for logical_id, resource in self._resources("AWS::Lambda::Url"):
            properties = resource["Properties"]
            if properties["AuthType"] != "NONE":
                raise LocalCloudError(f"{logical_id}: the local cloud serves function URLs of AuthType NONE only")
            urls[logical_id] = _function_name(self._resolver({}).resolve(properties["TargetFunctionArn"]))
        return urls

    def described(self, physical: Mapping[str, str]) -> dict[str, Any]:
        """What CloudFormation says of a deployed stack: parameters, outputs, resources with their physical ids."""
        resolver = self._resolver(physical)
        named = {**self._compute(), **physical}
        conditions = {name: resolver.condition(name) for name in self.template.get("Conditions", {})}
        outputs = {
            name: output["Value"]
            for name, output in self.template.get("Outputs", {}).items()
            if conditions.get(output.get("Condition"), True)
        }
        return {
            "parameters": {
                name: ",".join(value) if isinstance(value, list) else value for name, value in self._parameters.items()
            },
            "outputs": {name: value for name, raw in outputs.items() if (value := _resolved(resolver, raw))},
            "resources": {
                logical_id: {"kind": resource["Type"], "physical_id": named[logical_id]}
                for logical_id, resource in self.template["Resources"].items()
                if logical_id in named
            },
        }

    def _resources(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        resolver = self._resolver({})
        for logical_id, resource in self.template["Resources"].items():
            if resource["Type"] == kind and ("Condition" not in resource or resolver.condition(resource["Condition"])):
                yield logical_id, resource

    def _resolver(self, physical: Mapping[str, str]) -> Resolver:
        return Resolver(self.template, self._parameters, {**self._compute(), **physical})

    def _compute(self) -> dict[str, str]:
        """Name what needs no service behind it: functions, their aliases, layers and APIs."""
        named = {}
        for logical_id, resource in self.template["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Function":
                named[f"{logical_id}.Arn"] = _function_arn(logical_id)
            if resource["Type"] == "AWS::Lambda::Alias":
                alias = resource["Properties"]
                named[logical_id] = f"{_function_arn(alias['FunctionName']['Ref'])}:{alias['Name']}"
            if resource["Type"] in {"AWS::Lambda::Function", "AWS::Lambda::LayerVersion", "AWS::ApiGatewayV2::Api"}:
                named[logical_id] = logical_id
        return named

    def _function(self, logical_id: str, resource: dict[str, Any], resolver: Resolver) -> Function:
        properties = resource["Properties"]
        logging = properties.get("LoggingConfig", {})
        layers = [self.template["Resources"][name] for name in resolver.resolve(properties.get("Layers", []))]
        return Function(
            logical_id=logical_id,
            handler=properties["Handler"],
            runtime=properties["Runtime"],
            folder=str(self._code(properties["Code"])),
            layers=[str(self._layer(layer)) for layer in layers],
            timeout_s=float(resolver.resolve(properties.get("Timeout", _LAMBDA_DEFAULT_TIMEOUT_S))),
            memory_mb=int(resolver.resolve(properties.get("MemorySize", 128))),
            log_format=resolver.resolve(logging.get("LogFormat", "Text")),
            log_level=resolver.resolve(logging.get("ApplicationLogLevel")),
            environment=resolver.resolve(properties.get("Environment", {}).get("Variables", {})),
        )

    def _code(self, code: dict[str, str]) -> Path:
        folder = self._folder / code["S3Key"]
        if not folder.is_dir():
            raise LocalCloudError(f"{folder} is missing, which the template names as code")
        return folder

    def _layer(self, layer: dict[str, Any]) -> Path:
        folder = self._code(layer["Properties"]["Content"])
        return folder / ("python" if self._built else "src")

    def _path_routes(self, path: str, methods: dict[str, Any]) -> Iterator[Route]:
        for method, operation in methods.items():
            if operation.get("security"):
                raise LocalCloudError(f"{method.upper()} {path} has an authorizer: the local gateway has none")
            integration = operation["x-amazon-apigateway-integration"]
            match = _INVOCATION.search(self._resolver({}).resolve(integration["uri"]))
            if match is None or integration["payloadFormatVersion"] != "2.0":
                raise LocalCloudError(f"{method.upper()} {path} is no Lambda integration of payload format 2.0")
            yield Route.parse(method, path, _function_name(match["function"]), integration.get("timeoutInMillis"))


def _function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def _function_name(reference: str) -> str:
    """Return the function that a name or an ARN means. The local cloud has one version, so an alias is that version.

    Raises LocalCloudError if the reference is neither.
    """
    if match := _FUNCTION.fullmatch(reference):
        return match["name"]
    raise LocalCloudError(f"{reference} names no function")


def _schedule(logical_id: str, function: str, rule: Mapping[str, Any]) -> Schedule:
    return Schedule.parse(logical_id, function, rule["ScheduleExpression"], rule.get("State", "ENABLED"))


def _resolved(resolver: Resolver, value: object) -> str | None:
    """None where the local cloud has nothing for it: a managed policy, say."""
    try:
        return str(resolver.resolve(value))
    except LocalCloudError:
        return None


def place_function_urls(urls: Mapping[str, str], first_port: int) -> list[FunctionUrl]:
    """Give each function URL a port of its own, counted from `first_port` in the functions' alphabetical order."""
    ordered = sorted(urls.items(), key=lambda url: url[1])
    return [
        FunctionUrl(logical_id=logical_id, function=function, port=first_port + offset)
        for offset, (logical_id, function) in enumerate(ordered)
    ]
