"""Play all sizes and variants, and keep the results in a file, from which the pages are written."""

import json
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from benchmarks.scale.checks import Checks
from benchmarks.scale.day import Day, Simulation, Spread, Wait
from benchmarks.scale.parameters import AFTER, BEFORE, RAISED, Behaviour, Limits, Workload
from benchmarks.scale.units import Units

FILE = Path(__file__).with_name("results.json")
SIZES = (1_000, 100_000, 1_000_000)
Variant = Literal["before", "after", "limited"]
VARIANTS: Mapping[Variant, tuple[Behaviour, Limits]] = {
    "before": (BEFORE, RAISED),
    "after": (AFTER, RAISED),
    "limited": (AFTER, Limits()),
}
"""`limited`: with the template's defaults and the providers' published limits, which nobody has raised."""
Days = Mapping[tuple[Variant, int], Day]
_DIGITS = 6


def play(variant: Variant, users: int, units: Units) -> Day:
    """Play one day."""
    behaviour, limits = VARIANTS[variant]
    return Simulation(Workload(users), behaviour, limits, units).play()


def play_all(units: Units, report: Callable[[str], None]) -> Days:
    """Play every variant of every size, on two processors. The largest day takes 4 GB."""
    wanted = [(variant, users) for users in SIZES for variant in VARIANTS]
    days = {}
    with ProcessPoolExecutor(2) as pool:
        began = time.perf_counter()
        for key, day in zip(wanted, pool.map(_play, wanted, [units] * len(wanted)), strict=True):
            days[key] = day
            report(f"{key[1]:,} users, {key[0]}: {time.perf_counter() - began:.0f} s after the beginning")
    return days


def _play(key: tuple[Variant, int], units: Units) -> Day:
    return play(*key, units)


def save(days: Days, file: Path = FILE) -> None:
    stored = [{"variant": variant, **_rounded(asdict(day))} for (variant, _), day in days.items()]
    file.write_text("[\n" + ",\n".join(json.dumps(day) for day in stored) + "\n]\n", "utf-8")


def load(file: Path = FILE) -> Days:
    return {(day.pop("variant"), day["users"]): _day(day) for day in json.loads(file.read_text("utf-8"))}


def _day(stored: dict[str, Any]) -> Day:
    spreads = {name: Spread(**stored.pop(name)) for name in ("pending", "banner_open", "banner_closed")}
    waits = {
        name: Wait(one["users"], one["gave_up"], Spread(**one["waits"])) for name, one in stored.pop("waits").items()
    }
    return Day(**{**stored, **spreads, "waits": waits, "checks": Checks(**stored["checks"])})


def _rounded(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Round to six digits, so that another processor's last bits change no file."""
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    if isinstance(value, float):
        if not value or not math.isfinite(value):
            return 0.0
        return float(f"{value:.{_DIGITS}g}")
    return value
