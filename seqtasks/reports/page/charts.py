"""Charts as inline SVG, each with a title and a description for who does not see it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

from seqtasks.reports.page.elements import Markup, element

WIDTH, HEIGHT = 380, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 44
COLOURS = "#0072b2", "#d55e00", "#009e73"  # told apart by the colour-blind too
DASHES = None, "6 3", "2 3"


def line_chart(
    title: str,
    description: str,
    lines: Mapping[str, Sequence[tuple[float, float]]],
    *,
    x_label: str = "",
    y_label: str = "",
    mark: float | None = None,
    diagonal: bool = False,
    limits: tuple[float, float] | None = None,
) -> Markup:
    """Lines through points.

    Args:
        title: the name of the picture.
        description: what is to be seen in it, in a sentence with the main numbers.
        lines: points (x, y) by name; those that are not finite are left out.
        x_label: of the axis.
        y_label: of the axis.
        mark: an x that is marked by a vertical line.
        diagonal: draw y = x.
        limits: of both axes; None as the points are.
    """
    found = {name: [p for p in line if all(map(math.isfinite, p))] for name, line in lines.items()}
    points = [point for line in found.values() for point in line] or [(0.0, 0.0)]
    across = limits or _range([x for x, _ in points], pad=0)
    up = limits or _range([y for _, y in points])
    place = _Scale(across, up)
    parts: list[object] = [_axes(place, x_label, y_label, whole=limits is None)]
    if diagonal:
        parts.append(
            _line([place(across[0], across[0]), place(across[1], across[1])], "#999", "4 4")
        )
    if mark is not None:
        top, bottom = place(mark, up[1]), place(mark, up[0])
        parts.append(_line([top, bottom], "#777", "2 3"))
    for colour, dash, line in zip(COLOURS, DASHES, found.values(), strict=False):
        parts.append(_line([place(*point) for point in line], colour, dash))
        parts += [_dot(*place(*p), colour, f"{_short(p[0])}: {_short(p[1])}") for p in line[:200]]
    return _figure(title, description, parts, [*found])


def bar_chart(
    title: str,
    description: str,
    bars: Sequence[tuple[str, float, tuple[float, float] | None]],
    *,
    y_label: str = "",
    highest: float | None = None,
) -> Markup:
    """Bars from 0, with an interval each.

    Args:
        title: the name of the picture.
        description: as in `line_chart`.
        bars: name, height and interval (None for none).
        y_label: of the axis.
        highest: value at the top of the axis; None as the bars are.
    """
    tops = [value if interval is None else interval[1] for _, value, interval in bars]
    place = _Scale((0, max(len(bars), 1)), (0.0, highest or max([*tops, 1e-9])))
    parts: list[object] = [_axes(place, "", y_label, ticks_below=False)]
    for n, (name, value, interval) in enumerate(bars):
        x, y = place(n + 0.15, value)
        right, ground = place(n + 0.85, 0)
        parts.append(
            element(
                "rect",
                element("title", f"{name}: {_short(value)}"),
                x=f"{x:.1f}",
                y=f"{y:.1f}",
                width=f"{right - x:.1f}",
                height=f"{max(ground - y, 0):.1f}",
                fill=COLOURS[0],
            )
        )
        middle = (x + right) / 2
        if interval:
            ends = [(middle, place(0, end)[1]) for end in interval]
            parts.append(_line(ends, "#222", None))
        parts.append(_text(name, middle, ground + 14, "middle"))
    return _figure(title, description, parts, [])


class _Scale:
    def __init__(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.across, self.up = across, up

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        (left, right), (low, high) = self.across, self.up
        share = (x - left) / ((right - left) or 1), (y - low) / ((high - low) or 1)
        return (
            LEFT + share[0] * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - share[1] * (HEIGHT - TOP - BOTTOM),
        )


def _range(values: Sequence[float], pad: float = 0.05) -> tuple[float, float]:
    low, high = min(values), max(values)
    if low == high:
        return low - 0.5, high + 0.5
    return low - pad * (high - low), high + pad * (high - low)


def _ticks(low: float, high: float, whole: bool) -> list[float]:
    step = 10 ** math.floor(math.log10(max(high - low, 1e-12)))
    step = next(s for s in (step / 5, step / 2, step, 2 * step) if (high - low) / s <= 6)
    step = max(1.0, round(step)) if whole else step
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _axes(
    place: _Scale, x_label: str, y_label: str, whole: bool = False, ticks_below: bool = True
) -> list[Markup]:
    (left, right), (low, high) = place.across, place.up
    parts = []
    for y in _ticks(low, high, whole=False):
        parts.append(_line([place(left, y), place(right, y)], "#ddd", None))
        parts.append(_text(_short(y), LEFT - 6, place(left, y)[1] + 4, "end"))
    for x in _ticks(left, right, whole) if ticks_below else ():
        parts.append(_text(_short(x), place(x, low)[0], HEIGHT - BOTTOM + 15, "middle"))
    parts.append(_line([place(left, high), place(left, low), place(right, low)], "#555", None))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(_text(x_label, middle, HEIGHT - 8, "middle") if x_label else None)
    turned = f"translate(12 {HEIGHT / 2 - 10:.0f}) rotate(-90)"
    parts.append(
        element("text", y_label, transform=turned, text_anchor="middle") if y_label else None
    )
    return [part for part in parts if part is not None]


def _line(points: Sequence[tuple[float, float]], colour: str, dash: str | None) -> Markup:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element(
        "polyline", points=path, fill="none", stroke=colour, stroke_width=1.6, stroke_dasharray=dash
    )


def _dot(x: float, y: float, colour: str, says: str) -> Markup:
    title = element("title", says)
    return element("circle", title, cx=f"{x:.1f}", cy=f"{y:.1f}", r=2.6, fill=colour)


def _text(text: str, x: float, y: float, anchor: str) -> Markup:
    return element("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _figure(title: str, description: str, parts: Sequence[object], names: list[str]) -> Markup:
    own = hashlib.blake2b(f"{title}\n{description}".encode("utf-8", "replace"), digest_size=6)
    mark = f"chart-{own.hexdigest()}"
    picture = element(
        "svg",
        element("title", title, id=f"{mark}-title"),
        element("desc", description, id=f"{mark}-desc"),
        list(parts),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_labelledby=f"{mark}-title {mark}-desc",
    )
    keys = [
        element("span", element("i", style=f"background:{colour}"), name, class_="key")
        for colour, name in zip(COLOURS, names, strict=False)
    ]
    return element("figure", element("figcaption", title, " ", keys), picture)
