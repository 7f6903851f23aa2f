"""The charts: valid XML that shows every series, and the same bytes for the same figures."""

from xml.etree import ElementTree

from benchmarks.scale import svg

_SVG = "{http://www.w3.org/2000/svg}"


def test_line_chart_draws_each_series_within_the_picture() -> None:
    drawn = svg.draw_lines("Requests & more", "a second", {"a": [0, 5, 10], "b": [1, 1, 1]}, hours=24)
    lines = ElementTree.fromstring(drawn).findall(f"{_SVG}polyline")  # noqa: S314 - our own
    assert len(lines) == 2
    points = [float(number) for pair in lines[0].attrib["points"].split() for number in pair.split(",")]
    assert min(points) >= 0
    assert max(points) <= 760


def test_stacks_are_as_high_as_their_parts() -> None:
    drawn = svg.draw_stacks("Costs", "$", {"small": {"a": 1.0, "b": 3.0}, "large": {"a": 2.0, "b": 2.0}})
    bars = [one for one in ElementTree.fromstring(drawn).iter(f"{_SVG}rect") if one.get("width") not in {"760", "10"}]  # noqa: S314
    heights = [float(bar.attrib["height"]) for bar in bars]
    assert heights[1] == 3 * heights[0]
    assert heights[0] + heights[1] == heights[2] + heights[3]


def test_same_figures_give_the_same_bytes() -> None:
    assert svg.draw_lines("t", "u", {"a": [1, 2]}, hours=1) == svg.draw_lines("t", "u", {"a": [1, 2]}, hours=1)
