"""The page of results, as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.courses.lag.lag_interval import LEVEL
from analysis.courses.lag.trial_lags import WIDEST_S
from analysis.evaluation.courses.judging import Share, share, summarise
from analysis.evaluation.lags.lag_measuring import JudgedPerson, JudgedTrial
from analysis.evaluation.lags.lag_people import (
    ACTS,
    AFTER_S,
    BASELINE_S,
    BROWS,
    EXPRESSIONS,
    LAGS_S,
    RATE_HZ,
    SHOWN_S,
    STRENGTHS,
    TARGET_STRENGTH,
    Act,
)

_STRENGTH_STEPS = (0.3, 0.5, 0.75, 1.0)
_CLEAR_CONTRAST = 0.1
"""True area, s, from which on the sign of a contrast is judged."""
_LEVEL_P = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class LagEvaluation:
    """Everything that was measured."""

    people: tuple[JudgedPerson, ...]
    model: str
    """Name of the fitted face model."""
    generators: tuple[str, ...]
    """Face models of the drawn people."""
    command: str

    @property
    def trials(self) -> list[JudgedTrial]:
        """All trials."""
        return [one for person in self.people for one in person.trials]

    def of(self, act: Act) -> list[JudgedTrial]:
        """Return the trials of one act."""
        return [one for one in self.trials if one.trial.act == act]


def lag_page(found: LagEvaluation) -> str:
    """Return the page.

    Parameters
    ----------
    found : LagEvaluation
        The results.
    """
    parts = [_head(found), _errors(found), _intervals(found), _not_following(found), _people(found)]
    parts += [_directions(found), _contrasts(found), _foot()]
    return "\n".join(parts) + "\n"


def _head(found: LagEvaluation) -> str:
    people = f"{len(found.people)} people of the face models {' and '.join(found.generators)}"
    acts: tuple[tuple[Act, str], ...] = (
        ("follows", f"the movement of the target, {_range(LAGS_S)} s later, with a strength of {_range(STRENGTHS)}"),
        ("rests", "nothing but blinks and sway"),
        ("moves otherwise", "another one of the eight movements, at a random time"),
    )
    lines = [
        "# Lag, congruency and contrast, judged",
        "",
        _paragraph(
            f"`{found.command}` writes this page. It films drawn people who watch targets that move, and measures the "
            "films like `mimicry courses`: landmarks, units, lag. Definitions are in [indices.md](../indices.md)."
        ),
        "",
        _paragraph(
            f"{people}, measured with {found.model}, {sum(ACTS.values())} trials each. A trial has a baseline of "
            f"{BASELINE_S:g} s, the target for {SHOWN_S:g} s, and {AFTER_S:g} s after it, at 640x480 and {RATE_HZ:g} "
            "frames/s, compressed as in a session. Heads sway and eyes blink. Targets are the six emotions, lowered "
            f"brows and raised brows, each with a course of its own and a strength of {TARGET_STRENGTH:g}. They are "
            "drawn with another face, and measured in the same way."
        ),
        "",
        "| act | trials of each person | what the person does |",
        "|---|---|---|",
        *(f"| {act} | {ACTS[act]} | {what} |" for act, what in acts),
    ]
    return "\n".join([*lines, ""])


def _range(limits: tuple[float, float]) -> str:
    return f"{limits[0]:g} to {limits[1]:g}"


def _paragraph(text: str) -> str:
    return textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False)


def _errors(found: LagEvaluation) -> str:
    trials = found.of("follows")
    emotions = [one for one in trials if one.trial.target not in BROWS]
    lines = [
        "## Error of the lag",
        "",
        _paragraph(
            "Measured minus true lag of people who follow, ms: bias (median), then median and 95th percentile of the "
            "absolute error."
        ),
        "",
        "| trials | number | have a lag | bias | median | 95 % | correlation, median |",
        "|---|---|---|---|---|---|---|",
        _error_row("all", trials),
        _error_row("all but brows alone", emotions),
    ]
    for low, high in pairwise(_STRENGTH_STEPS):
        part = [one for one in emotions if low <= one.trial.strength < high]
        lines.append(_error_row(f"strength {low:g} to {high:g}, without brows alone", part))
    lines += [_error_row(name, [one for one in trials if one.trial.target == name]) for name in EXPRESSIONS]
    return "\n".join([*lines, ""])


def _error_row(name: str, trials: Sequence[JudgedTrial]) -> str:
    errors = summarise(None if one.error_s is None else 1000.0 * one.error_s for one in trials)
    have = share([one.error_s is not None for one in trials])
    found = [one.found.lag.correlation for one in trials if one.found.lag.correlation is not None]
    numbers = ["", "", ""] if errors is None else [f"{errors.bias:+.0f}", f"{errors.median:.0f}", f"{errors.worst:.0f}"]
    middle = f"{np.median(found):.2f}" if found else ""
    return f"| {name} | {len(trials)} | {_share(have)} | {' | '.join(numbers)} | {middle} |"


def _intervals(found: LagEvaluation) -> str:
    lines = [
        "## Interval",
        "",
        _paragraph(
            f"How often the {100 * LEVEL:.0f} % interval contains the true lag, and how wide it is. An index `lag_s` "
            f"is written if it is at most {WIDEST_S:g} s wide."
        ),
        "",
        f"| trials | with an interval | contain the true lag | width, s: median | at most {WIDEST_S:g} s wide |",
        "|---|---|---|---|---|",
    ]
    trials = found.of("follows")
    groups = {
        "all": trials,
        "all but brows alone": [one for one in trials if one.trial.target not in BROWS],
        "brows alone": [one for one in trials if one.trial.target in BROWS],
    }
    for name, part in groups.items():
        known = [(one, one.found.interval_s) for one in part if one.found.interval_s is not None]
        inside = share([ends[0] <= (one.trial.lag_s or 0.0) <= ends[1] for one, ends in known])
        widths = [ends[1] - ends[0] for _, ends in known]
        middle = f"{np.median(widths):.2f}" if widths else ""
        narrow = share([one.found.index_s is not None for one in part])
        lines.append(f"| {name} | {len(known)} of {len(part)} | {_share(inside)} | {middle} | {_share(narrow)} |")
    return "\n".join([*lines, ""])


def _not_following(found: LagEvaluation) -> str:
    lines = [
        "## People who do not follow",
        "",
        _paragraph(
            "Share of trials with a lag in the table of lags; with a lag among the indices; and with `own_p` of at "
            "most 0.05. A lag alone does not show that a person follows: two faces that move once in a few seconds "
            "correlate at some lag. That is what p is for. A person has some 17 trials with other targets, so `own_p` "
            "can hardly be below 0.05 here; `arranged_p` below uses all trials of a person."
        ),
        "",
        "| act | trials | a lag | a lag among the indices | `own_p` at most 0.05 |",
        "|---|---|---|---|---|",
    ]
    for act in ACTS:
        part = found.of(act)
        tested = [one.found.own_trials.p for one in part if one.found.own_trials.p is not None]
        cells = (
            share([one.found.lag.lag_s is not None for one in part]),
            share([one.found.index_s is not None for one in part]),
            share([p <= _LEVEL_P for p in tested]),
        )
        lines.append(f"| {act} | {len(part)} | {' | '.join(map(_share, cells))} |")
    return "\n".join([*lines, ""])


def _people(found: LagEvaluation) -> str:
    lines = [
        "## People",
        "",
        "`arranged_p` of `lag-people.csv`, computed from the trials of one act alone: people with at most 0.05.",
        "",
        "| trials | people with p at most 0.05 | median p |",
        "|---|---|---|",
    ]
    for act, count in ACTS.items():
        known = [p for one in found.people if (p := one.arranged_p.get(act)) is not None]
        significant = share([p <= _LEVEL_P for p in known])
        middle = f"{np.median(known):.4f}" if known else ""
        lines.append(f"| {count} trials in which the person {act} | {_share(significant)} | {middle} |")
    return "\n".join([*lines, ""])


def _directions(found: LagEvaluation) -> str:
    lines = [
        "## Congruency",
        "",
        "True congruency: the cosine of the two expressions as they are drawn. Those who follow have 1.",
        "",
        "| trials | have one | true, median | measured, median (5 to 95 %) | error: median | 95 % | r with the truth |",
        "|---|---|---|---|---|---|---|",
    ]
    moving = [*found.of("follows"), *found.of("moves otherwise")]
    groups = {
        "follows": found.of("follows"),
        "follows, without brows alone": [one for one in found.of("follows") if one.trial.target not in BROWS],
        "moves otherwise": found.of("moves otherwise"),
        "all who move": moving,
    }
    for name, part in groups.items():
        known = [
            (one.congruency, one.true_congruency)
            for one in part
            if one.congruency is not None and one.true_congruency is not None
        ]
        have = share([one.congruency is not None for one in part])
        if not known:
            lines.append(f"| {name} | {_share(have)} | | | | | |")
            continue
        measured, true = np.array(known).T
        low, middle, high = np.quantile(measured, [0.05, 0.5, 0.95])
        errors = np.abs(measured - true)
        r = _correlation(measured, true)
        lines.append(
            f"| {name} | {_share(have)} | {np.median(true):.2f} | {middle:.2f} ({low:.2f} to {high:.2f}) | "
            f"{np.median(errors):.2f} | {np.percentile(errors, 95):.2f} | {r} |"
        )
    at_rest = share([one.congruency is not None for one in found.of("rests")])
    return "\n".join([*lines, "", f"A person at rest has a congruency in {_share(at_rest)} trials.", ""])


def _contrasts(found: LagEvaluation) -> str:
    moving = [*found.of("follows"), *found.of("moves otherwise")]
    lines = [
        "## Contrast",
        "",
        _paragraph(
            "Areas of `contrast` and `congruent_contrast` in the trials of all who move, against those of the drawn "
            f"strengths. The sign is judged where the true area is at least {_CLEAR_CONTRAST:g} s in size. The gain is "
            "the slope of the measured area on the true one."
        ),
        "",
        "| measure | trials | r with the truth | gain | the sign is right |",
        "|---|---|---|---|---|",
        _contrast_row("`contrast`", ((one.contrast, one.true_contrast) for one in moving)),
        _contrast_row(
            "`contrast`, true area below 0",
            ((one.contrast, one.true_contrast) for one in moving if one.true_contrast < 0.0),
        ),
        _contrast_row(
            "`contrast`, true area above 0",
            ((one.contrast, one.true_contrast) for one in moving if one.true_contrast > 0.0),
        ),
        _contrast_row("`congruent_contrast`", ((one.congruent, one.true_congruent) for one in moving)),
    ]
    return "\n".join([*lines, ""])


def _contrast_row(name: str, pairs: Iterable[tuple[float | None, float | None]]) -> str:
    known = np.array([(one, true) for one, true in pairs if one is not None and true is not None]).reshape(-1, 2)
    if len(known) < 3:
        return f"| {name} | {len(known)} | | | |"
    measured, true = known.T
    gain = float(measured @ true) / max(float(true @ true), 1e-12)
    clear = np.abs(true) >= _CLEAR_CONTRAST
    right = share((np.sign(measured[clear]) == np.sign(true[clear])).tolist())
    return f"| {name} | {len(known)} | {_correlation(measured, true)} | {gain:.2f} | {_share(right)} |"


def _foot() -> str:
    return _paragraph(
        "Drawn people move as the drawing program moves them, and follow with the same course. People will be "
        "measured less well. A person who moves more slowly than the target has a larger lag, because the whole "
        "course is compared."
    )


def _correlation(first: np.ndarray, second: np.ndarray) -> str:
    if len(first) < 3 or np.std(first) == 0.0 or np.std(second) < 1e-9:
        return "–"
    return f"{np.corrcoef(first, second)[0, 1]:.2f}"


def _share(found: Share | None) -> str:
    if found is None:
        return "–"
    return f"{100 * found.value:.0f} % of {found.of} ({100 * found.low:.0f} to {100 * found.high:.0f})"
