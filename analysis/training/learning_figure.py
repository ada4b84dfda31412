"""The progress of one trainee as a figure.

A row per target, from the target face to what came nearer.

The same progress gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.report.face_pictures import cut_out
from analysis.training.learning import KIND_WORDS, Curve, Trainee, region_gaps_mm

ROW_IN = 1.95
WIDTH_IN = 14.0
HEAD_IN = 1.3
FIRST_COLOUR, LAST_COLOUR, TARGET_COLOUR = "#8a8f98", "#1f6fb2", "#c8871b"
_FAINT = "#e2e4e8"
_TITLE_PAD = 14
"""Distance of the titles from the first row; names of sessions are between the two."""


def draw_progress(
    trainee: Trainee, model: FaceModel, *, metric: str, headline: str, caption: str, faces: bool = True
) -> Figure:
    """Draw all targets of a trainee.

    Parameters
    ----------
    trainee : Trainee
        The attempts.
    model : FaceModel
        The model that fitted the faces.
    metric : str
        Name of the metric of the kept frames.
    headline : str
        The result in one sentence, above.
    caption : str
        Metric, model and calibration, below.
    faces : bool
        Whether to show pictures of the trainee.

    Returns
    -------
    matplotlib.figure.Figure
        A figure without a window.
    """
    curves = trainee.curves
    height = HEAD_IN + ROW_IN * max(len(curves), 1) + 0.5
    figure = Figure(figsize=(WIDTH_IN, height))
    label = f"sub-{trainee.participant}, {trainee.task}"
    figure.text(0.02, 1 - 0.28 / height, label, weight="bold", size=14, va="center")
    figure.text(0.02, 1 - 0.56 / height, headline, size=11, va="center")
    figure.text(0.02, 0.18 / height, caption, size=8, color="#555555", va="center")
    rows = max(len(curves), 1)
    pictures = 4 if faces else 1
    share = 0.10 * pictures
    room = {"top": 1 - HEAD_IN / height, "bottom": 0.62 / height, "hspace": 0.42}
    left = figure.add_gridspec(rows, pictures, left=0.02, right=share + 0.01, wspace=0.06, **room)
    right = figure.add_gridspec(
        rows, 3, width_ratios=(2.5, 2.1, 1.9), left=share + 0.045, right=0.985, wspace=0.36, **room
    )
    longest_s = max((attempt.trial.duration_s for curve in curves for attempt in curve.attempts), default=1.0)
    widest_mm = max((gap for curve in curves for gap in _end_gaps(curve, model)), default=1.0)
    for row, curve in enumerate(curves):
        shown = [figure.add_subplot(left[row, column]) for column in range(pictures)]
        _face(shown[0], curve.face, curve.target, colour=TARGET_COLOUR)
        if faces:
            _before_and_after(shown[1:], curve)
        axes = [figure.add_subplot(right[row, column]) for column in range(3)]
        _learning_curve(axes[0], curve)
        _course(axes[1], curve, longest_s=longest_s)
        _regions(axes[2], curve, model, widest_mm=widest_mm)
        if row == 0:
            for one, title in zip(axes, titles(metric, trainee.live_metrics), strict=True):
                one.set_title(title, size=9, loc="left", pad=_TITLE_PAD)
    _key(figure, curves, height=height)
    return figure


def _key(figure: Figure, curves: Sequence[Curve], *, height: float) -> None:
    """Draw one key for all rows, above them, where it covers no curve."""
    handles = [
        Line2D([], [], color=FIRST_COLOUR, marker="o", ms=5, label="first attempt"),
        Line2D([], [], color=LAST_COLOUR, marker="o", ms=6, label="last attempt"),
    ]
    kinds = {attempt.trial.kind for curve in curves for attempt in curve.attempts}
    for kind, word in KIND_WORDS.items():
        if kind in kinds and len(kinds) > 1:
            filled = LAST_COLOUR if kind == "training" else "white"
            handles.append(Line2D([], [], color=LAST_COLOUR, marker="o", mfc=filled, ms=6, ls="none", label=word))
    place = (0.985, 1 - 0.12 / height)
    figure.legend(
        handles=handles, loc="upper right", bbox_to_anchor=place, ncols=len(handles), frameon=False, fontsize=9
    )


def titles(metric: str, live: str) -> tuple[str, str, str]:
    """Return the titles of the three columns of curves.

    Parameters
    ----------
    metric : str
        Of the kept frames.
    live : str
        Of the live measurements; empty if there are none.
    """
    named = live or "none"
    return (
        f"similarity of the kept frame, by attempt\n(metric {metric})",
        f"similarity while trying, s\n(metric {named}, live)",
        "away from the target, mm",
    )


def _face(axes: Any, face: MeasuredFace | None, title: str, *, colour: str) -> None:
    """Draw a face with a coloured line and a title below.

    Leave the place empty without a face.
    """
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    if face is None:
        axes.patch.set_visible(False)
        return
    axes.imshow(np.asarray(cut_out(face)), interpolation="lanczos")
    axes.spines["bottom"].set(visible=True, color=colour, linewidth=3)
    axes.set_xlabel(title, size=9, labelpad=4)


def _before_and_after(axes: Sequence[Any], curve: Curve) -> None:
    """Draw first, best and last attempt; one frame is shown once."""
    first, last, best = curve.attempts[0], curve.attempts[-1], curve.best
    shown = (
        (first, "only" if last is first else "first, best" if best is first else "first", FIRST_COLOUR),
        (None if best in (first, last) else best, "best", LAST_COLOUR),
        (None if last is first else last, "last, best" if best is last else "last", LAST_COLOUR),
    )
    for place, (attempt, word, colour) in zip(axes, shown, strict=True):
        if attempt is None:
            _face(place, None, "", colour=colour)
        else:
            _face(place, attempt.face, f"{word}: {attempt.score:.2f}", colour=colour)


def _learning_curve(axes: Any, curve: Curve) -> None:
    numbers = [attempt.number for attempt in curve.attempts]
    scores = [attempt.score for attempt in curve.attempts]
    axes.plot(numbers, scores, color=FIRST_COLOUR, lw=1, zorder=1)
    for kind in KIND_WORDS:
        chosen = [attempt for attempt in curve.attempts if attempt.trial.kind == kind]
        face_colour = LAST_COLOUR if kind == "training" else "white"
        axes.plot(
            [attempt.number for attempt in chosen],
            [attempt.score for attempt in chosen],
            "o",
            color=LAST_COLOUR,
            mfc=face_colour,
            ms=6,
        )
    for before, after in pairwise(curve.attempts):
        if before.session != after.session:
            axes.axvline(after.number - 0.5, color="#b9bdc4", lw=1, ls=(0, (2, 2)))
            place = axes.get_xaxis_transform()
            axes.text(after.number - 0.5, 1.02, f"ses-{after.session}", size=8, color="#555555", transform=place)
    axes.set_xlim(0.5, max(numbers) + 0.5)
    axes.set_xticks(numbers if len(numbers) <= 12 else numbers[:: len(numbers) // 8 + 1])
    _similarity_axis(axes, scores)


def _course(axes: Any, curve: Curve, *, longest_s: float) -> None:
    """Draw the live similarity in the first and the last attempt."""
    shown = [(curve.attempts[0], FIRST_COLOUR), (curve.attempts[-1], LAST_COLOUR)]
    lowest = [0.0]
    for attempt, colour in shown[: len(curve.attempts)]:
        live = attempt.live
        if not live.is_measured.any():
            continue
        time_s = live.time_s[live.is_measured] - attempt.trial.onset_s
        similarity = live.similarity[live.is_measured]
        lowest.append(float(similarity.min()))
        axes.plot(time_s, similarity, color=colour, lw=1.1)
    axes.set_xlim(0, longest_s)
    _similarity_axis(axes, lowest)
    if len(lowest) == 1:
        axes.text(0.5, 0.5, "not measured live", transform=axes.transAxes, ha="center", size=8, color="#555555")


def _similarity_axis(axes: Any, values: Sequence[float]) -> None:
    lowest = min(0.0, *values)
    axes.set_ylim(np.floor(lowest * 2) / 2, 1.03)
    _plain(axes, grid="y")


def _plain(axes: Any, *, grid: str) -> None:
    axes.tick_params(labelsize=8)
    if grid == "y":
        axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    axes.grid(axis=grid, color=_FAINT)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _end_gaps(curve: Curve, model: FaceModel) -> list[float]:
    ends = (curve.attempts[0], curve.attempts[-1])
    return [gap for attempt in ends for gap in region_gaps_mm(attempt.parts, model).values()]


def _regions(axes: Any, curve: Curve, model: FaceModel, *, widest_mm: float) -> None:
    """Draw the distance to the target by region, first and last attempt."""
    first = region_gaps_mm(curve.attempts[0].parts, model)
    last = region_gaps_mm(curve.attempts[-1].parts, model)
    places = np.arange(len(first))
    before, after = np.array(list(first.values())), np.array(list(last.values()))
    axes.hlines(places, before, after, color=FIRST_COLOUR, lw=2, zorder=1)
    if len(curve.attempts) > 1:
        axes.plot(before, places, "o", color=FIRST_COLOUR, ms=5)
    axes.plot(after, places, "o", color=LAST_COLOUR, ms=6)
    axes.set_yticks(places, list(first), size=8)
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.set_xlim(0, widest_mm * 1.08)
    _plain(axes, grid="x")
