"""Measure drawn courses: ``python -m experiment.bench.drawn_courses``.

The strength of each unit is known in each frame. The face is measured frame by frame as in any clip. The table compares
both; it is the content of ``docs/results/drawn_courses.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.clip_faces import measure_clip
from analysis.face.models.emotions import blend_strengths
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.models.units import UNITS
from analysis.face.synthetic.drawn_course import Course, DrawnMovement
from experiment.lab.rendered_targets import render_drawn

COURSE = Course(60, delay=30, onset=30, hold=90, offset=42, length=240)
"""The course of ``protocols/spontaneous_mimicry.yaml``."""
FACES = {
    "happiness 0.8": blend_strengths({"happiness": 0.8}, UNITS),
    "anger 0.8": blend_strengths({"anger": 0.8}, UNITS),
}
THRESHOLDS = (0.1, 0.5)
"""Shares of the apex whose times are compared."""


@dataclass(frozen=True, slots=True)
class CourseResult:
    """How well the measurement follows one course."""

    name: str
    frames: int
    unmeasured: int
    correlation: float
    """Of the measured and the true strength of the expression over all frames."""
    units_correlation: float
    """Median over the moving units of their correlation with the truth; a unit that is measured as 0 counts as 0."""
    units_followed: int
    """Number of moving units with a correlation of 0.9 or more."""
    units_moving: int
    gain: float
    """Measured strength at the apex; the true one is 1."""
    other: float
    """Largest measured strength of a unit that does not move."""
    onset_errors_ms: tuple[float, ...]
    """Measured minus true time at which the strength crosses each of `THRESHOLDS` of its own apex."""


def measure_course(name: str, apex: dict[str, float], model: FaceModel) -> CourseResult:
    """Render a course and measure it.

    Parameters
    ----------
    name
        Name of the result.
    apex
        Strengths of the units at the apex.
    model
        The face model.
    """
    movement = DrawnMovement(apex, COURSE)
    (file,) = render_drawn([movement])
    measured = measure_clip(file, model, neutral=0.0)
    shown = np.searchsorted(movement.starts(), np.arange(COURSE.length), side="right") - 1
    frames = [measured.frames[index] for index in shown]
    used = np.array([frame.units is not None for frame in frames])
    units = np.stack([frame.units for frame in frames if frame.units is not None])
    truth = np.array([[row.get(unit, 0.0) for unit in measured.names] for row in movement.rows()])[used]
    times_s = np.flatnonzero(used) / COURSE.rate_hz
    full = np.array([apex.get(unit, 0.0) for unit in measured.names])
    strength, true_strength = (values @ full / (full @ full) for values in (units, truth))
    moving = np.flatnonzero(full)
    each = [_correlation(units[:, unit], truth[:, unit]) for unit in moving]
    onset = times_s <= COURSE.apex / COURSE.rate_hz
    errors = [
        _crossing(times_s[onset], strength[onset], share) - _crossing(times_s[onset], true_strength[onset], share)
        for share in THRESHOLDS
    ]
    at_apex = slice(COURSE.apex, COURSE.apex + COURSE.hold)
    return CourseResult(
        name,
        len(frames),
        int((~used).sum()),
        _correlation(strength, true_strength),
        float(np.median(each)),
        sum(value >= 0.9 for value in each),
        len(moving),
        float(np.median(strength[at_apex])),
        float(np.delete(units, moving, axis=1).max()),
        tuple(1000 * error for error in errors),
    )


def _correlation(first: FloatArray, second: FloatArray) -> float:
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _crossing(times_s: FloatArray, strength: FloatArray, share: float) -> float:
    """Return when a strength first crosses a share of its last value.

    It is interpolated between frames.
    """
    level = share * strength[-1]
    index = int(np.flatnonzero(strength >= level)[0])
    if index == 0:
        return float(times_s[0])
    before, after = strength[index - 1], strength[index]
    part = (level - before) / (after - before)
    return float(times_s[index - 1] + part * (times_s[index] - times_s[index - 1]))


def table(results: Sequence[CourseResult]) -> str:
    """Return the results as a Markdown table."""
    lines = [
        "| course | frames without a face | r of the expression | units with r >= 0.9 | median r of moving units "
        "| strength at the apex | largest other unit | error at 10 % | error at 50 % |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in results:
        early, half = one.onset_errors_ms
        lines.append(
            f"| {one.name} | {one.unmeasured} of {one.frames} | {one.correlation:.3f} | {one.units_followed} of "
            f"{one.units_moving} | {one.units_correlation:.3f} | {one.gain:.2f} | {one.other:.2f} | {early:+.0f} ms "
            f"| {half:+.0f} ms |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    face_model = load_model()
    print(table([measure_course(name, dict(apex), face_model) for name, apex in FACES.items()]))
