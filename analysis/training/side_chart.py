"""The strength of both sides over sessions, as an SVG picture in a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from analysis.training.side_sessions import MovementSeries, SideMean

WIDTH, HEIGHT = 340, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 12, 34
_SHIFT = {"left": -5.0, "right": 5.0, "middle": 0.0}
"""Points of both sides are next to each other, so that their error bars do not overlap."""


def side_chart(series: MovementSeries, *, highest_mm: float) -> str:
    """Return an SVG picture of the strength of both sides by session.

    Parameters
    ----------
    series : MovementSeries
        The movement.
    highest_mm : float
        End of the axis, the same for pictures that are compared.
    """
    points = series.points

    def x_of(number: int) -> float:
        room = WIDTH - _LEFT - _RIGHT
        return _LEFT + room * (number + 0.5) / len(points)

    def y_of(strength_mm: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * min(max(strength_mm, 0.0), highest_mm) / highest_mm

    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(_words(series), quote=True)}">'
    ]
    for tick in _ticks(highest_mm):
        y = y_of(tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    asked_mm = max(one.asked_mm for one in points[-1].sides)
    y = y_of(asked_mm)
    parts.append(f'<line class="target" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    step = 1 if len(points) <= 6 else len(points) // 6 + 1
    for number in range(0, len(points), step):
        name = escape(points[number].session)
        parts.append(f'<text class="tick" x="{x_of(number):.1f}" y="{HEIGHT - 16}" text-anchor="middle">{name}</text>')
    parts.append(
        f'<text class="tick" x="{(_LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 2}" text-anchor="middle">session</text>'
    )
    for index, side in enumerate(points[-1].sides):
        own = [(x_of(number) + _SHIFT[side.side], point.sides[index]) for number, point in enumerate(points)]
        parts += _course(side.side, [(x, y_of(one.mean_mm), _ends(one, y_of)) for x, one in own])
    return "".join([*parts, "</svg>"])


def _ends(one: SideMean, y_of: Callable[[float], float]) -> tuple[float, float]:
    return y_of(one.mean_mm - one.error_mm), y_of(one.mean_mm + one.error_mm)


def _course(side: str, drawn: Sequence[tuple[float, float, tuple[float, float]]]) -> list[str]:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in drawn)
    parts = [f'<polyline class="{side}" points="{line}"/>']
    for x, y, (low, high) in drawn:
        parts.append(f'<line class="{side}" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>')
        if side == "right":
            parts.append(f'<rect class="{side}" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>')
        else:
            parts.append(f'<circle class="{side}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>')
    return parts


def _ticks(highest_mm: float) -> list[float]:
    step = next(one for one in (1.0, 2.0, 5.0, 10.0, 20.0) if highest_mm / one <= 5)
    return [step * number for number in range(int(highest_mm / step) + 1)]


def _words(series: MovementSeries) -> str:
    texts = [
        f"session {point.session}: " + ", ".join(f"{one.side} {one.mean_mm:.1f} mm" for one in point.sides)
        for point in series.points
    ]
    return f"{series.movement.title} by session; {'; '.join(texts)}"
