"""Select the route of a request: the most specific path, then a named method before ANY, and `$default` last."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from local.gateway.specification import Route


@dataclass(frozen=True)
class RouteMatch:
    """The selected route and its decoded path parameters."""

    route: Route
    path_parameters: dict[str, str]


class RouteTable:
    """The routes of one API, most specific first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=_specificity)

    def match(self, method: str, raw_path: str) -> RouteMatch | None:
        """Find the route of a method and a percent-encoded path; None means 404."""
        segments = [unquote(segment) for segment in raw_path.split("/")]
        for route in self._routes:
            if route.method not in {method, "ANY"} and route.path != "$default":
                continue
            parameters = _match_path(route.path, segments)
            if parameters is not None:
                return RouteMatch(route, parameters)
        return None


def _specificity(route: Route) -> tuple[bool, list[int], bool]:
    kinds = [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in route.path.split("/")]
    return route.path == "$default", kinds, route.method == "ANY"


def _match_path(path: str, segments: list[str]) -> dict[str, str] | None:
    if path == "$default":
        return {}
    parameters: dict[str, str] = {}
    parts = path.split("/")
    for index, part in enumerate(parts):
        if part.endswith("+}"):
            rest = segments[index:]
            return {**parameters, part[1:-2]: "/".join(rest)} if any(rest) else None
        if index >= len(segments):
            return None
        if part.startswith("{"):
            if not segments[index]:
                return None
            parameters[part[1:-1]] = segments[index]
        elif part != segments[index]:
            return None
    return parameters if len(parts) == len(segments) else None
