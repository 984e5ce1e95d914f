"""The values of an episode as a small drawing. Pure."""

from collections.abc import Sequence
from datetime import datetime

_WIDTH, _HEIGHT, _MARGIN = 320.0, 110.0, 6.0


def draw(points: Sequence[tuple[datetime, float]], limit: float) -> str:
    """The values as SVG with the limit as a dashed line; nothing below two points."""
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    start, end = points[0][0], points[-1][0]
    seconds = max((end - start).total_seconds(), 1.0)
    values = [value for _, value in points]
    seen = f"{min(values):g}–{max(values):g}"
    low = min(limit, *values)
    high = max(limit, *values)
    scale = (_HEIGHT - 2 * _MARGIN) / ((high - low) or 1.0)

    def place(moment: datetime, value: float) -> str:
        x = _MARGIN + (moment - start).total_seconds() / seconds * (_WIDTH - 2 * _MARGIN)
        return f"{x:.1f},{_HEIGHT - _MARGIN - (value - low) * scale:.1f}"

    line = " ".join(place(*point) for point in points)
    (_, y) = place(start, limit).split(",")
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{seen}">'
        f'<line x1="0" x2="{_WIDTH:g}" y1="{y}" y2="{y}" stroke="var(--soft)" stroke-dasharray="5 4"/>'
        f'<polyline points="{line}" fill="none" stroke="var(--colour)" stroke-width="3"'
        ' stroke-linejoin="round" stroke-linecap="round"/></svg>'
    )
