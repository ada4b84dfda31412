"""The page of results, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.courses.detection import learned_limits
from analysis.courses.indices import METHOD
from analysis.evaluation.courses.calibrating import CLEAR
from analysis.evaluation.courses.conditions import ACTIONS, CONDITIONS, USUAL
from analysis.evaluation.courses.judging import (
    ErrorSummary,
    Share,
    clear,
    crosstalk,
    false_alarms,
    share,
    smallest_detected,
    summarise,
)
from analysis.evaluation.courses.measuring import CLOSED, MeasuredFilm, MovementError, movement_errors

ONSET_MEDIAN_MS, ONSET_WORST_MS, FALSE_ALARMS = 25.0, 80.0, 0.05
"""The goals."""


@dataclass(frozen=True, slots=True, eq=False)
class CourseEvaluation:
    """Everything that was measured."""

    films: tuple[MeasuredFilm, ...]
    model: str
    """Name of the fitted face model."""
    generators: tuple[str, ...]
    """Face models of the drawn people."""
    command: str

    @property
    def judged(self) -> list[MeasuredFilm]:
        """The usual films."""
        return [one for one in self.films if one.film.condition == USUAL]


def results_page(found: CourseEvaluation, *, figure: str) -> str:
    """Return the page.

    Parameters
    ----------
    found : CourseEvaluation
        The results.
    figure : str
        File of the picture of the errors, next to the page.
    """
    usual = found.judged
    errors = movement_errors(usual)
    parts = [
        "# Indices of courses, judged\n",
        f"`{found.command}` writes this page.\n"
        "It films drawn people whose movements are known, and measures the films like `mimicry courses`.\n"
        "Definitions are in [courses.md](../courses.md).\n",
        _material(found),
        _goals(errors, usual),
        _indices_table("Errors at 30 frames/s", errors),
        f"![Errors of the onset by unit]({figure})\n",
        _detection_table(usual, errors),
        _limits_table(),
        _people_table(usual, errors),
        _peaks_table(errors),
        _blinks(usual),
        _conditions_table(found.films, errors),
        _CONCLUSIONS,
    ]
    return "\n".join(parts)


_CONCLUSIONS = """\
Drawn people move as the drawing program moves them. Some of them are made with the model that measures them. People
will be measured less well. Differences between conditions carry over better than the numbers themselves.
"""


def _material(found: CourseEvaluation) -> str:
    people = len({one.person for one in found.films})
    frames = sum(len(one.time_s) + one.left_out for one in found.films)
    methods = "\n".join(f"- {name}: {text}." for name, text in METHOD.items())
    models = " and ".join(found.generators)
    return f"""\
{people} people of the face models {models}, measured with {found.model}; {len(found.films)} films of 3 s,
{frames} frames of 640x480. In a usual film one unit of the upper and one of the lower face move, each at its own
time: strength 0.1 to 1, onset 0.2 to 0.6 s after that of the target, rise of 0.2 to 0.8 s by minimum jerk, hold,
return. Heads sway and eyes blink. In half of the films nothing else moves.

Directions of units and limits of movements were learned from other drawn people of the same face models. No film of
them is judged here.

**The true onset is the moment at which the drawn strength leaves 0**, as a rule between two frames.

{methods}
"""


def _goals(errors: Sequence[MovementError], films: Sequence[MeasuredFilm]) -> str:
    """Return which units reach the goals."""
    rows = []
    for measure in ACTIONS:
        onset = summarise(one.onset_ms for one in clear(errors) if one.measure == measure)
        alarms = false_alarms(films, measure)
        reached = [
            onset is not None and onset.median <= ONSET_MEDIAN_MS,
            onset is not None and onset.worst <= ONSET_WORST_MS,
            alarms is not None and alarms.value < FALSE_ALARMS,
        ]
        rows.append([f"`{measure}`", *("yes" if one else "no" for one in reached)])
    head = [
        "measure",
        f"median error of the onset at most {ONSET_MEDIAN_MS:g} ms",
        f"95 % within {ONSET_WORST_MS:g} ms",
        f"false alarms below {100 * FALSE_ALARMS:g} %",
    ]
    return f"## Goals\n\nFor movements of strength {CLEAR} and more.\n\n" + _table(head, rows)


def _blinks(films: Sequence[MeasuredFilm]) -> str:
    closed, found, opened, wrong = (
        sum(getattr(one.blinks, name) for one in films) for name in ("closed", "found", "open", "wrong")
    )
    return (
        f"## Blinks\n\nOf {closed} frames with a true strength of `eyeBlink` above {CLOSED:g}, {found} are marked as a "
        f"blink; of {opened} frames\nwithout a blink, {wrong}. The upper lid of a drawn blink meets the lower one at "
        "0.75.\n"
    )


def _limits_table() -> str:
    rows = [
        [
            f"`{name}`",
            f"{one.least_rise:g}",
            ", ".join(f"{share:g} `{unit}`" for unit, share in one.crosstalk.items()),
            "-" if one.gain is None else f"{one.gain:g}",
        ]
        for name, one in learned_limits().items()
    ]
    return (
        "## Learned limits\n\nA rise is a movement above the larger one of 3 times the noise and the least rise, plus\n"
        "these shares of the rises of other units. The gain is the share of a true peak that is measured.\n\n"
        + _table(["measure", "least rise", "crosstalk", "gain"], rows)
    )


def _indices_table(title: str, errors: Sequence[MovementError]) -> str:
    rows = []
    for measure, action in ACTIONS.items():
        chosen = [one for one in clear(errors) if one.measure == measure]
        rows.append([f"`{measure}`", action, *_error_cells(chosen)])
    rows.append(["all", "", *_error_cells(clear(errors))])
    return (
        f"## {title}\n\nMovements of strength {CLEAR} and more. Bias: median of measured minus true. Spread: standard\n"
        "deviation, from the median absolute deviation. Then median and 95th percentile of the absolute error.\n\n"
        + _table(
            [
                "measure",
                "movement",
                "found",
                "onset, ms: bias (spread)",
                "median",
                "95 %",
                "`peak_s`, ms: bias (spread)",
                "95 %",
                "peak: bias (spread)",
                "95 %",
                "peak, share of the truth",
            ],
            rows,
        )
    )


def _error_cells(errors: Sequence[MovementError]) -> list[str]:
    onset, time = summarise(one.onset_ms for one in errors), summarise(one.peak_ms for one in errors)
    peak = summarise(one.peak - one.strength for one in errors)
    return [
        _share(share([one.onset_ms is not None for one in errors])),
        _bias(onset, "{:+.0f} ({:.0f})"),
        *_absolute(onset, "{:.0f}"),
        _bias(time, "{:+.0f} ({:.0f})"),
        _absolute(time, "{:.0f}")[1],
        _bias(peak, "{:+.2f} ({:.2f})"),
        _absolute(peak, "{:.2f}")[1],
        _bias(summarise(one.peak / one.strength for one in errors), "{:.2f} ({:.2f})"),
    ]


def _detection_table(films: Sequence[MeasuredFilm], errors: Sequence[MovementError]) -> str:
    rows = []
    for measure in ACTIONS:
        chosen = [one for one in errors if one.measure == measure]
        strengths = np.array([one.strength for one in chosen])
        smallest = smallest_detected(strengths, np.array([float(one.onset_ms is not None) for one in chosen]))
        rows.append(
            [
                f"`{measure}`",
                "-" if smallest is None else f"{smallest:.2f}",
                _share(false_alarms(films, measure)),
                _share(crosstalk(films, measure)),
            ]
        )
    return (
        "## Detection\n\nSmallest movement that is found with a power of 80 %; false alarms of people who do not\n"
        "move; onsets of a measure while only other units move. Intervals of 95 % (Wilson).\n\n"
        + _table(["measure", "smallest movement", "false alarms", "while others move"], rows)
    )


def _people_table(films: Sequence[MeasuredFilm], errors: Sequence[MovementError]) -> str:
    models = list(dict.fromkeys(one.person.split("-")[0] for one in films))
    rows = [[name, *_short_cells([one for one in errors if one.person.startswith(f"{name}-")])] for name in models]
    return "## Face model of the people\n\n" + _table(["people of", *_SHORT], rows)


def _peaks_table(errors: Sequence[MovementError]) -> str:
    """Return the peaks of each unit by face model of the people."""
    models = list(dict.fromkeys(one.person.split("-")[0] for one in errors))
    rows = []
    for measure in ACTIONS:
        shares = [
            summarise(
                one.peak / one.strength
                for one in clear(errors)
                if one.measure == measure and one.person.startswith(f"{model}-")
            )
            for model in models
        ]
        corrected = summarise(
            one.corrected_peak - one.strength
            for one in clear(errors)
            if one.measure == measure and one.corrected_peak is not None
        )
        rows.append(
            [
                f"`{measure}`",
                *(_bias(one, "{:.2f} ({:.2f})") for one in shares),
                _bias(corrected, "{:+.2f} ({:.2f})"),
                _absolute(corrected, "{:.2f}")[1],
            ]
        )
    return (
        "Peak, share of the truth: median (spread) for each face model. `corrected_peak` is given for units for which\n"
        "the face models of the people to learn from agree about this share.\n\n"
        + _table(
            [
                "measure",
                *(f"`peak`, people of {one}" for one in models),
                "`corrected_peak`, error: bias (spread)",
                "95 %",
            ],
            rows,
        )
    )


def _conditions_table(films: Sequence[MeasuredFilm], usual: Sequence[MovementError]) -> str:
    rows = []
    for condition in CONDITIONS:
        changed = [one for one in films if one.film.condition == condition]
        if not changed:
            continue
        errors = movement_errors(changed)
        shown = {(one.person, one.measure, one.strength) for one in errors}
        same = [one for one in usual if (one.person, one.measure, one.strength) in shown]
        still = [one for one in changed if not one.film.movements]
        alarms = share([one.indices[measure].onset_s is not None for one in still for measure in ACTIONS])
        left_out = sum(one.left_out for one in changed) / sum(one.left_out + len(one.time_s) for one in changed)
        rows.append([condition, *_short_cells(errors), _share(alarms), f"{100 * left_out:.0f} %"])
        rows.append(["the same, usual", *_short_cells(same), "", ""])
    if not rows:
        return ""
    return (
        "## Conditions\n\nThe same people and movements under one changed condition, and in the usual films.\n"
        "People calibrate with the glasses, beard and skin of the film, looking into the camera. False alarms: all.\n\n"
        + _table(["condition", *_SHORT, "false alarms", "frames left out"], rows)
    )


_SHORT = (
    "movements",
    "found",
    "onset, ms: bias (spread)",
    "median",
    "95 %",
    "`peak_s`, ms: median",
    "peak, share of the truth",
)


def _short_cells(errors: Iterable[MovementError]) -> list[str]:
    chosen = clear(errors)
    onset, time = summarise(one.onset_ms for one in chosen), summarise(one.peak_ms for one in chosen)
    peak = summarise(one.peak / one.strength for one in chosen)
    return [
        str(len(chosen)),
        _share(share([one.onset_ms is not None for one in chosen])),
        _bias(onset, "{:+.0f} ({:.0f})"),
        *_absolute(onset, "{:.0f}"),
        _absolute(time, "{:.0f}")[0],
        _bias(peak, "{:.2f} ({:.2f})"),
    ]


def _bias(found: ErrorSummary | None, text: str) -> str:
    return "-" if found is None else text.format(found.bias, found.spread)


def _absolute(found: ErrorSummary | None, text: str) -> list[str]:
    return ["-", "-"] if found is None else [text.format(found.median), text.format(found.worst)]


def _share(found: Share | None) -> str:
    if found is None:
        return "-"
    return f"{100 * found.value:.0f} % of {found.of} ({100 * found.low:.0f} to {100 * found.high:.0f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    line: Callable[[Sequence[str]], str] = lambda cells: "| " + " | ".join(cells) + " |"  # noqa: E731 (a short form)
    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)]) + "\n"
