"""The progress of one trainee as a figure.

A row per target, from the target face to what came nearer.

The same progress gives the same bytes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

from analysis.face.arrays import FloatArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.report.face_pictures import cut_out
from analysis.terminal import many
from analysis.training.learning import KIND_WORDS, Attempt, Curve, Trainee, region_gaps_mm

ROW_IN = 1.95
WIDTH_IN = 14.0
HEAD_IN = 1.3
FIRST_COLOUR, LAST_COLOUR, TARGET_COLOUR = "#8a8f98", "#1f6fb2", "#c8871b"
_HEADLINE_LETTERS, _HEADLINE_LINE_IN = 155, 0.22
"""Length of a line of the headline, and its height."""
_CAPTION_LETTERS, _LINE_IN = 210, 0.16
"""Length of a line of the caption, and its height."""
_TIME_OUT = "#b3413a"
_FAINT = "#e2e4e8"
_FEW = 20
"""Most attempts with large points."""
_LABEL_SHARE = 0.028
"""Width of a letter of a session's name, as a share of the axis."""
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
    caption_lines = textwrap.wrap(caption, _CAPTION_LETTERS)
    foot = 0.5 + _LINE_IN * (max(len(caption_lines) - 1, 0) + bool(trainee.missing))
    headline_lines = textwrap.wrap(headline, _HEADLINE_LETTERS)
    head = HEAD_IN + _HEADLINE_LINE_IN * max(len(headline_lines) - 1, 0)
    height = head + ROW_IN * max(len(curves), 1) + foot
    figure = Figure(figsize=(WIDTH_IN, height))
    label = f"sub-{trainee.participant}, {trainee.task}"
    figure.text(0.02, 1 - 0.28 / height, label, weight="bold", size=14, va="center")
    for number, line in enumerate(headline_lines):
        figure.text(0.02, 1 - (0.56 + _HEADLINE_LINE_IN * number) / height, line, size=11, va="center")
    small: dict[str, Any] = {"size": 8, "color": "#555555", "va": "center"}
    for number, line in enumerate(reversed(caption_lines)):
        figure.text(0.02, (0.18 + _LINE_IN * number) / height, line, **small)
    rows = max(len(curves), 1)
    pictures = 4 if faces else 1
    share = 0.10 * pictures
    room = {"top": 1 - head / height, "bottom": (foot + 0.12) / height, "hspace": 0.42}
    left = figure.add_gridspec(rows, pictures, left=0.02, right=share + 0.01, wspace=0.06, **room)
    right = figure.add_gridspec(
        rows, 3, width_ratios=(2.5, 2.1, 1.9), left=share + 0.045, right=0.985, wspace=0.36, **room
    )
    limits = _Limits.of(curves, model)
    for row, curve in enumerate(curves):
        shown = [figure.add_subplot(left[row, column]) for column in range(pictures)]
        _face(shown[0], curve.face, curve.target, colour=TARGET_COLOUR)
        if faces:
            _before_and_after(shown[1:], curve)
        axes = [figure.add_subplot(right[row, column]) for column in range(3)]
        _learning_curve(axes[0], curve, limits)
        _course(axes[1], curve, limits)
        _regions(axes[2], curve, model, widest_mm=limits.widest_mm)
        if row == 0:
            for one, title in zip(axes, titles(metric, trainee.live_metrics), strict=True):
                one.set_title(title, size=9, loc="left", pad=_TITLE_PAD)
    _key(figure, curves, height=height)
    if trainee.missing:
        words = [f"{target} ({many(number, 'time-out')})" for target, number in trainee.missing.items()]
        text = f"Without a measured attempt: {', '.join(words)}."
        figure.text(0.02, (0.18 + _LINE_IN * len(caption_lines)) / height, text, **small)
    return figure


@dataclass(frozen=True, slots=True)
class _Limits:
    """Ends of the axes, the same in every row."""

    first: float
    """Left end of the axis of attempts; room for time-outs before the first one."""
    attempts: int
    """Largest number of attempts at a target."""
    longest_s: float
    """Time of the latest live measurement that is drawn."""
    lowest: float
    """Similarity at the bottom."""
    widest_mm: float

    @staticmethod
    def of(curves: Sequence[Curve], model: FaceModel) -> _Limits:
        """Return the limits for these curves."""
        ends = [attempt for curve in curves for attempt in _ends(curve)]
        courses = [_live_course(attempt) for attempt in ends]
        scores = [attempt.score for curve in curves for attempt in curve.attempts]
        lowest = min([0.0, *scores, *(float(similarity.min()) for _, similarity in courses if len(similarity))])
        is_early = any(place < 1 for curve in curves for place in time_out_places(curve))
        return _Limits(
            first=0.0 if is_early else 0.5,
            attempts=max((len(curve.attempts) for curve in curves), default=1),
            longest_s=max([1.0, *(float(time_s.max()) for time_s, _ in courses if len(time_s))]),
            lowest=float(np.floor(lowest * 2) / 2),
            widest_mm=max((gap for curve in curves for gap in _end_gaps(curve, model)), default=1.0),
        )


def _ends(curve: Curve) -> tuple[Attempt, ...]:
    """Return the first and the last attempt; one attempt once."""
    first, last = curve.attempts[0], curve.attempts[-1]
    return (first,) if first is last else (first, last)


def _live_course(attempt: Attempt) -> tuple[FloatArray, FloatArray]:
    """Return times since the onset and similarities of the measured frames."""
    live = attempt.live
    return live.time_s[live.is_measured] - attempt.trial.onset_s, live.similarity[live.is_measured]


def _key(figure: Figure, curves: Sequence[Curve], *, height: float) -> None:
    """Draw one key for all rows, above them, where it covers no curve."""
    handles = [
        Line2D([], [], color=FIRST_COLOUR, marker="o", ms=5, label="first attempt"),
        Line2D([], [], color=LAST_COLOUR, marker="o", ms=6, label="last attempt"),
    ]
    if any(curve.time_outs for curve in curves):
        handles.append(Line2D([], [], color=_TIME_OUT, marker="x", ms=5, ls="none", label="time-out"))
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


def _learning_curve(axes: Any, curve: Curve, limits: _Limits) -> None:
    """Draw the score of every attempt, the sessions and the time-outs."""
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
            ms=6 if limits.attempts <= _FEW else 4,
        )
    _session_lines(axes, curve, limits)
    places = list(time_out_places(curve))
    axes.plot(places, [0.04] * len(places), "x", color=_TIME_OUT, ms=5, transform=axes.get_xaxis_transform())
    axes.set_xlim(limits.first, limits.attempts + 0.5)
    ticks = range(1, limits.attempts + 1)
    axes.set_xticks(ticks if limits.attempts <= 12 else ticks[:: limits.attempts // 8 + 1])
    _similarity_axis(axes, limits)


def _session_lines(axes: Any, curve: Curve, limits: _Limits) -> None:
    """Draw a line between sessions; name those whose names do not overlap."""
    if curve.attempts[0].session is None:
        return
    named_to = -np.inf
    begins = [
        limits.first,
        *(one.number - 0.5 for before, one in pairwise(curve.attempts) if before.session != one.session),
    ]
    for begin in begins:
        session = next(attempt.session for attempt in curve.attempts if attempt.number > begin)
        if begin > limits.first:
            axes.axvline(begin, color="#b9bdc4", lw=1, ls=(0, (2, 2)))
        if begin >= named_to:
            label = f"ses-{session}"
            axes.text(begin, 1.02, label, size=8, color="#555555", transform=axes.get_xaxis_transform())
            named_to = begin + limits.attempts * _LABEL_SHARE * (len(label) + 1)


def time_out_places(curve: Curve) -> Iterator[float]:
    """Yield where time-outs are on the axis of attempts.

    They are between the attempts before and after, in the half next to the one of the same session.
    """
    sessions = {attempt.number: attempt.session for attempt in curve.attempts}
    for (after, is_before), group in groupby(
        curve.time_outs, key=lambda one: (one.after, sessions.get(one.after) == one.session)
    ):
        count = len(list(group))
        left = after if is_before else after + 0.5
        yield from (left + 0.5 * (number + 1) / (count + 1) for number in range(count))


def _course(axes: Any, curve: Curve, limits: _Limits) -> None:
    """Draw the live similarity in the first and the last attempt."""
    is_measured = False
    ends = _ends(curve)
    for attempt, colour in zip(ends, (FIRST_COLOUR, LAST_COLOUR)[-len(ends) :], strict=True):
        time_s, similarity = _live_course(attempt)
        if len(time_s):
            is_measured = True
            axes.plot(time_s, similarity, color=colour, lw=1.1)
    axes.set_xlim(0, limits.longest_s * 1.02)
    _similarity_axis(axes, limits)
    if not is_measured:
        axes.text(0.5, 0.5, "not measured live", transform=axes.transAxes, ha="center", size=8, color="#555555")


def _similarity_axis(axes: Any, limits: _Limits) -> None:
    axes.set_ylim(limits.lowest, 1.03)
    _plain(axes, grid="y")


def _plain(axes: Any, *, grid: str) -> None:
    axes.tick_params(labelsize=8)
    if grid == "y":
        axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False))
    axes.grid(axis=grid, color=_FAINT)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _end_gaps(curve: Curve, model: FaceModel) -> list[float]:
    return [gap for attempt in _ends(curve) for gap in region_gaps_mm(attempt.parts, model).values()]


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
