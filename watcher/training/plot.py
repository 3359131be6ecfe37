"""Draws line plots as self-contained SVG, for reports and browsers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 40, 56
_COLORS = ("#1f5fa8", "#b3541e", "#4b7a3a", "#7a4b8c")
_STYLE = "text{font:13px sans-serif;fill:#222}.axis{stroke:#888}.grid{stroke:#ddd}"


@dataclass(frozen=True, slots=True)
class Line:
    """A curve of a plot: steps from the origin through (x, y) points, y from 0 to 1. A `dashed` line joins the points
    directly, for comparison.
    """

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """The horizontal axis of a plot: its label, its upper end, and its tick marks as (position, label)."""

    name: str
    end: float
    marks: Sequence[tuple[float, str]]


def plot(title: str, across: Axis, up: str, lines: Sequence[Line]) -> str:
    """Draw a line plot as an SVG document; all texts are escaped. The vertical axis, labeled `up`, shows 0 to 100 %."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="24" font-weight="bold">{escape(title)}</text>',
    ]
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tenth * 10}%</text>')
    for at, mark in across.marks:
        x = _x(at, across.end)
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{escape(mark)}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(across.name)}</text>')
    turned = (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(f'<text transform="translate(16 {turned}) rotate(-90)" text-anchor="middle">{escape(up)}</text>')
    for number, line in enumerate(lines):
        parts += _drawn(line, across.end, _COLORS[number % len(_COLORS)], number)
    return "\n".join([*parts, "</svg>", ""])


def _drawn(line: Line, end: float, color: str, number: int) -> list[str]:
    """The SVG elements of a line and its label."""
    path, before = [f"M{_x(0, end):.1f} {_y(0):.1f}"], 0.0
    for across, up in line.points:
        corner = "" if line.dashed else f"L{_x(min(across, end), end):.1f} {_y(before):.1f}"
        path.append(f"{corner}L{_x(min(across, end), end):.1f} {_y(up):.1f}")
        before = up
        if across >= end:
            break
    dash = ' stroke-dasharray="4 4"' if line.dashed else ""
    y = _HEIGHT - _BOTTOM - 16 * (number + 1)
    return [
        f'<path d="{"".join(path)}" fill="none" stroke="{color}" stroke-width="2"{dash}/>',
        f'<text x="{_WIDTH - _RIGHT - 8}" y="{y}" text-anchor="end" style="fill:{color}">{escape(line.name)}</text>',
    ]


def _x(value: float, end: float) -> float:
    """The horizontal position of a value, in SVG units."""
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * value / end


def _y(share: float) -> float:
    """The vertical position of a share (0–1), in SVG units."""
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share
