"""Draw one trial: target above, participant below, faces at onset, peak, end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.courses.figures.course_reading import DrawnTrial, FoundMovement
from analysis.courses.figures.film_faces import FacePicture
from analysis.courses.figures.stimulus_course import StimulusCourse
from analysis.courses.indices import PEAK_SHARE
from analysis.face.arrays import FloatArray
from analysis.figure_style import (
    BASELINE_COLOUR,
    QUIET,
    STRENGTH_LABEL,
    TIME_LABEL,
    WIDTH_MM,
    Sheet,
    figure_style,
    line_style,
    strength_limits,
)

FACE_ASPECT = 0.8
"""Width of a face divided by its height."""
_LETTERS = "abc"
_LEFT_MM, _RIGHT_MM, _TOP_MM, _FOOT_MM = 13.0, 3.0, 8.0, 10.0
_PANEL_MM = (22.0, 32.0)
"""Heights of the panels of target and participant."""
_GAP_MM, _KEY_MM = 11.0, 4.0
_FACE_MM = 26.0
"""Height of a face next to its panel; faces above a panel are as high as three of them are wide."""
_HATCH = "////////"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a trial that has pictures."""

    name: str
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class TrialDrawing:
    """Everything that the figure of a trial shows."""

    trial: DrawnTrial
    measures: Sequence[str]
    stimulus: StimulusCourse
    motion_s: Sequence[tuple[int, float]]
    """Frames of a moving target, and when each was first shown, s from the onset."""
    moments: Sequence[Moment]
    faces: tuple[Sequence[FacePicture | None], Sequence[FacePicture | None]] | None = None
    """Target and participant at the moments; None: no faces."""


def trial_moments(trial: DrawnTrial, measures: Sequence[str]) -> tuple[Moment, ...]:
    """Return onset, peak and end of a trial.

    Onset and peak are those of the first measure in which a movement was found. Without one, the moments are onset,
    middle and end of the target.

    Parameters
    ----------
    trial : DrawnTrial
        The trial.
    measures : sequence of str
        The measures, the most important one first.
    """
    end_s = trial.trial.duration_s
    for name in measures:
        found = trial.movements.get(name)
        if found is not None and found.onset_s is not None and found.peak_s is not None:
            return Moment("onset", found.onset_s), Moment("peak", found.peak_s), Moment("end", end_s)
    return Moment("target on", 0.0), Moment("middle", end_s / 2), Moment("end", end_s)


def draw_trial(drawing: TrialDrawing, *, columns: int) -> Figure:
    """Draw one trial.

    Parameters
    ----------
    drawing : TrialDrawing
        What to show.
    columns : {1, 2}
        Columns of the journal. With two, faces are on the right of the courses, else above them.

    Returns
    -------
    matplotlib.figure.Figure
        A figure without a window.
    """
    width, faces = WIDTH_MM[columns], drawing.faces
    is_beside = faces is not None and columns > 1
    strip = 3 * (_FACE_MM * FACE_ASPECT + 1.5) if is_beside else 0.0
    panel_width = width - _LEFT_MM - _RIGHT_MM - (strip + 3.0 if is_beside else 0.0)
    above = (panel_width / 3 - 2.0) / FACE_ASPECT + 7.5 if faces is not None and not is_beside else 0.0
    key_mm = _KEY_MM if columns > 1 else 3 * _KEY_MM
    height = _TOP_MM + 2 * above + sum(_PANEL_MM) + _GAP_MM + key_mm + _FOOT_MM
    tops = (_TOP_MM + above, _TOP_MM + 2 * above + _PANEL_MM[0] + _GAP_MM)
    record = drawing.trial.record
    known = "known movement" if drawing.stimulus.is_known else "measured"
    names = (f"Target: {drawing.trial.trial.target} ({known})", f"Participant {record.participant}")
    with figure_style():
        sheet = Sheet.of(width, height)
        target = sheet.axes(_LEFT_MM, tops[0], panel_width, _PANEL_MM[0])
        person = sheet.axes(_LEFT_MM, tops[1], panel_width, _PANEL_MM[1], sharex=target)
        _draw_target(target, drawing)
        _draw_person(person, drawing)
        for axes, top, name in zip((target, person), tops, names, strict=True):
            sheet.text(_LEFT_MM, top - above - (3.5 if above else 6.5), name, weight="bold")
            _mark_moments(axes, drawing.moments)
        if faces is not None:
            places = ((tops[0], tops[1] + 2.0), width - _RIGHT_MM - strip) if is_beside else None
            for row, shown in enumerate(faces):
                if places is not None:
                    _faces(sheet, shown, drawing.moments, place=(places[1], places[0][row], strip))
                else:
                    _faces(sheet, shown, drawing.moments, place=(_LEFT_MM, tops[row] - above + 0.5, panel_width))
        _key(sheet, drawing, height_mm=key_mm)
    return sheet.figure


def _draw_target(axes: Axes, drawing: TrialDrawing) -> None:
    duration_s = drawing.trial.trial.duration_s
    values: list[float] = []
    for number, measure in enumerate(drawing.measures):
        found = drawing.stimulus.shown(measure, drawing.motion_s, duration_s=duration_s)
        if found is not None:
            axes.plot(found[0], found[1], **line_style(number))
            values += found[1].tolist()
    axes.axhline(0.0, color=QUIET, linewidth=0.5)
    axes.set_ylim(strength_limits(values))
    axes.set_ylabel(STRENGTH_LABEL)
    axes.tick_params(labelbottom=False)
    axes.axvspan(0.0, duration_s, ymin=0.97, ymax=1.0, color=QUIET, linewidth=0)


def _draw_person(axes: Axes, drawing: TrialDrawing) -> None:
    trial = drawing.trial
    time_s = trial.time_s
    axes.axvspan(float(time_s[0]), 0.0, color=BASELINE_COLOUR, linewidth=0, zorder=0)
    axes.axhline(0.0, color=QUIET, linewidth=0.5)
    low, high = -0.02, 0.1
    has_baseline = trial.has_baseline()
    for number, measure in enumerate(drawing.measures):
        change, style = trial.change(measure) if has_baseline else trial.strength(measure), line_style(number)
        axes.plot(time_s, change, **style)
        found = trial.movements.get(measure)
        if found is not None and found.onset_s is not None:
            axes.plot(*_point(time_s, change, found.onset_s), marker="^", markersize=5, markeredgecolor="white",
                      markeredgewidth=0.5, color=style["color"], zorder=4)  # fmt: skip
            if found.peak_s is not None:
                axes.plot(*_peak(time_s, change, found), marker="o", markersize=4.5, markeredgecolor="white",
                          markeredgewidth=0.5, color=style["color"], zorder=4)  # fmt: skip
        drawn = np.concatenate([[low, high], change[np.isfinite(change)]])
        low, high = float(drawn.min()), float(drawn.max())
    for begin_s, end_s in left_out_spans(trial):
        axes.axvspan(begin_s, end_s, facecolor="none", edgecolor="#8a8a8a", hatch=_HATCH, linewidth=0, zorder=0.5)
    axes.set(ylim=(low - 0.04 * (high - low), high + 0.1 * (high - low)), xlim=(float(time_s[0]), float(time_s[-1])))
    axes.set_ylabel("change from baseline" if has_baseline else "strength, no baseline")
    axes.set_xlabel(TIME_LABEL)


def left_out_spans(trial: DrawnTrial) -> list[tuple[float, float]]:
    """Return begin and end, s, of the stretches of frames that are not used.

    Each frame is as long as the usual one.

    Parameters
    ----------
    trial : DrawnTrial
        The trial.
    """
    half_s = float(np.median(np.diff(trial.time_s))) / 2.0 if len(trial.time_s) > 1 else 0.0
    spans: list[tuple[float, float]] = []
    for time_s in trial.time_s[~trial.used].tolist():
        if spans and time_s - half_s <= spans[-1][1] + half_s:
            spans[-1] = (spans[-1][0], time_s + half_s)
        else:
            spans.append((time_s - half_s, time_s + half_s))
    return spans


def _point(time_s: FloatArray, change: FloatArray, at_s: float) -> tuple[list[float], list[float]]:
    given = np.isfinite(change)
    return [at_s], [float(np.interp(at_s, time_s[given], change[given]))]


def _peak(time_s: FloatArray, change: FloatArray, found: FoundMovement) -> tuple[list[float], list[float]]:
    """Return the mark of a peak: at `PEAK_SHARE` of it, also in excluded frames."""
    at_s = found.peak_s or 0.0
    return _point(time_s, change, at_s) if found.peak is None else ([at_s], [PEAK_SHARE * found.peak])


def _mark_moments(axes: Axes, moments: Sequence[Moment]) -> None:
    for letter, moment in zip(_LETTERS, moments, strict=True):
        axes.axvline(moment.time_s, color=QUIET, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
        axes.annotate(letter, (moment.time_s, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 1.5),
                      textcoords="offset points", ha="center", va="bottom", weight="bold", fontsize=6.5)  # fmt: skip


def _faces(
    sheet: Sheet,
    faces: Sequence[FacePicture | None],
    moments: Sequence[Moment],
    *,
    place: tuple[float, float, float],
) -> None:
    """Draw faces from left to right; the place is left, top and width, mm."""
    left, top, width = place
    step = width / 3
    face_width = min(step - 1.5, _FACE_MM * FACE_ASPECT) if sheet.width_mm > WIDTH_MM[1] else step - 2.0
    for number, (letter, moment, face) in enumerate(zip(_LETTERS, moments, faces, strict=True)):
        x = left + step * number + (step - face_width) / 2
        axes = sheet.axes(x, top, face_width, face_width / FACE_ASPECT)
        axes.axis("off")
        time_s = moment.time_s if face is None else face.time_s
        if face is not None:
            axes.imshow(np.asarray(face.image), interpolation="none", aspect="auto")
        else:
            axes.text(0.5, 0.5, "no frame", ha="center", va="center", color=QUIET)
        below = top + face_width / FACE_ASPECT
        sheet.text(x, below + 0.4, letter, weight="bold", fontsize=6.5)
        sheet.text(x + 2.2, below + 0.4, f"{moment.name}, {time_s:.2f} s", fontsize=6.0)


def _key(sheet: Sheet, drawing: TrialDrawing, *, height_mm: float) -> None:
    """Explain lines and marks below the panels."""
    styles = [line_style(number) for number in range(len(drawing.measures))]
    handles: list[Line2D | Patch] = [
        Line2D([], [], label=name, **style) for name, style in zip(drawing.measures, styles, strict=True)
    ]
    if any(one.onset_s is not None for one in drawing.trial.movements.values()):
        handles.append(Line2D([], [], label="onset", marker="^", color=QUIET, linestyle="", markersize=5))
        handles.append(Line2D([], [], label="peak", marker="o", color=QUIET, linestyle="", markersize=4.5))
    handles.append(Patch(facecolor=BASELINE_COLOUR, label="baseline"))
    handles.append(Line2D([], [], color=QUIET, linewidth=2.5, solid_capstyle="butt", label="target shown"))
    reasons = Counter(reason for reason in drawing.trial.reasons if reason)
    if reasons:
        words = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
        handles.append(
            Patch(facecolor="none", edgecolor="#8a8a8a", hatch=_HATCH, linewidth=0, label=f"excluded: {words}")
        )
    sheet.figure.legend(
        handles=handles,
        loc="center",
        bbox_to_anchor=(0.5, (height_mm / 2 + 0.5) / sheet.height_mm),
        ncols=len(handles) if sheet.width_mm > WIDTH_MM[1] else 3,
        handlelength=1.6,
        columnspacing=1.0,
        handletextpad=0.4,
    )
