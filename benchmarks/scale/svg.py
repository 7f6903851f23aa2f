"""Draw charts as SVG: text alone, the same bytes for the same figures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TypeVar

_T = TypeVar("_T")

_WIDTH, _HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 64, 40
COLOURS = ("#0b6e99", "#c4560f", "#3f7d20", "#7a3e9d", "#8a6d00", "#a3264b", "#4a5568", "#1f8a70", "#b08900", "#5b5bd6")
"""One for each series or part: more of them would be hard to tell apart."""


def draw_lines(title: str, unit: str, series: Mapping[str, Sequence[float]], *, hours: float) -> str:
    """Draw lines over the hours of a day. All series have values at equal intervals."""
    top = _round_up(max(max(values) for values in series.values()))
    parts = [*_legend(series), *_value_axis(top, unit), *_hour_axis(hours)]
    for colour, values in _coloured(series.values()):
        step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(values) - 1)
        points = " ".join(f"{_LEFT + step * number:.1f},{_y(value, top):.1f}" for number, value in enumerate(values))
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>')
    return _picture(title, parts)


def draw_stacks(title: str, unit: str, stacks: Mapping[str, Mapping[str, float]]) -> str:
    """Draw a stack of parts for each name."""
    top = _round_up(max(sum(parts.values()) for parts in stacks.values()))
    names = list(next(iter(stacks.values())))
    drawn = [*_legend(dict.fromkeys(names, ())), *_value_axis(top, unit)]
    step = (_WIDTH - _LEFT - _RIGHT) / len(stacks)
    for number, (label, parts) in enumerate(stacks.items()):
        x, below = _LEFT + step * (number + 0.2), 0.0
        for colour, value in _coloured(parts.values()):
            height = _y(below, top) - _y(below + value, top)
            drawn.append(
                f'<rect x="{x:.1f}" y="{_y(below + value, top):.1f}" width="{0.6 * step:.1f}" height="{height:.1f}"'
                f' fill="{colour}"/>'
            )
            below += value
        drawn.append(_text(x + 0.3 * step, _HEIGHT - _BOTTOM + 18, label, "middle"))
    return _picture(title, drawn)


def _picture(title: str, parts: Sequence[str]) -> str:
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" font-size="15" font-weight="bold" fill="#1a202c">{escape(title)}</text>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _legend(names: Mapping[str, object]) -> list[str]:
    parts, x, y = [], float(_LEFT), 32.0
    for colour, name in _coloured(names):
        width = 30 + 7.2 * len(name)
        if x + width > _WIDTH - _RIGHT:
            x, y = float(_LEFT), y + 14
        parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(x + 14, y + 9, name, "start"))
        x += width
    return parts


def _value_axis(top: float, unit: str) -> list[str]:
    parts = []
    for number in range(5):
        value = top * number / 4
        y = _y(value, top)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d2d6dc"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{value:,.6g}", "end"))
    return [*parts, _text(_WIDTH - _RIGHT, 20, unit, "end")]


def _hour_axis(hours: float) -> list[str]:
    step = (_WIDTH - _LEFT - _RIGHT) / hours
    return [
        _text(_LEFT + step * hour, _HEIGHT - _BOTTOM + 18, f"{hour}:00", "middle")
        for hour in range(0, int(hours) + 1, 3)
    ]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1a202c">{escape(text)}</text>'


def _coloured(values: Iterable[_T]) -> Iterator[tuple[str, _T]]:
    """Pair each value with a colour. Raises ValueError if there are more than colours."""
    listed = list(values)
    return zip(COLOURS[: len(listed)], listed, strict=True)


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / top


def _round_up(value: float) -> float:
    """Return the next number that four equal parts divide well."""
    size = 10.0 ** len(str(int(value))) / 100 if value >= 1 else 0.001
    steps = (4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 60, 80, 100, 120, 160, 200, 400, 800, 1200)
    return next((size * step for step in steps if size * step >= value), value) or 1.0
