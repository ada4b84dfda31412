"""The page of results about intervals and likelihood ratios of scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.evaluation.uncertainty.frames_section import frames_section
from analysis.evaluation.uncertainty.judge_uncertainty import (
    ALL,
    Evidence,
    coverages,
    evidence,
    uncertainties,
)
from analysis.evaluation.uncertainty.learn_uncertainty import learn_uncertainty
from analysis.evaluation.uncertainty.neighbour_frames import FilmedScore
from analysis.evaluation.uncertainty.repeated_scores import RepeatedScores, joined
from analysis.face.similarity.metrics import DEFAULT_METRIC
from analysis.face.similarity.uncertainty import FEATURES, KnownUncertainty
from analysis.tables.table_text import markdown_rows

RIGHT = "---:"
AIM = (0.93, 0.97)
"""Share of intervals that should contain the truth."""
_RETAKES = "scatter"
_QUALITY = ("size", "turn", "scatter", "blur", "blur_squared", "neutrals")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the page is about."""

    judged: Mapping[str, RepeatedScores]
    """Scores of the people who are judged, by their face model."""
    crossed: RepeatedScores
    """Scores of the people who are judged, against people who show the same emotions in their own ways."""
    learned: tuple[RepeatedScores, RepeatedScores]
    """Scores of the people who were learned from: with the same movements, and in their own ways."""
    known: KnownUncertainty
    smiles: Mapping[str, Evidence] | None
    """Ratios of photographed smiles by metric; None without photographs."""
    filmed: Mapping[str, Sequence[FilmedScore]] = field(default_factory=dict)
    """Scores of frames with their neighbours by metric; empty: no person was filmed."""

    @property
    def everybody(self) -> RepeatedScores:
        """Scores of all judged people."""
        return joined(list(self.judged.values()))


def uncertainty_page(judged: Judged, *, command: str) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    judged : Judged
        The results.
    command : str
        The command that writes the page.
    """
    return "\n".join(
        [
            *_head(judged, command),
            "## Coverage of the intervals of the default metric",
            "",
            "Share of 95 % intervals that contain the truth, with its 95 % interval over people. *Difference* is the",
            "root mean square difference of a score from its truth.",
            "",
            *_coverage_table(judged),
            "",
            "## Other metrics",
            "",
            *_metric_table(judged),
            "",
            *_contributions(judged),
            *(frames_section(judged.filmed, judged.known) if judged.filmed else []),
            "## Likelihood ratios",
            "",
            "Cllr is the cost of the ratios: 0 is perfect, 1 is without information. Both hypotheses count the same.",
            "*Same movements*: mimics of the same four people. *In their own ways*: mimics of other groups, who show",
            "the same emotion with other units stronger or weaker. A ratio is never beyond the number of people that",
            "it was learned from.",
            "",
            *_evidence_table(judged),
            "",
            "Ratios of the default metric by size: a ratio is well calibrated if the observed one is",
            "near the stated one. *Observed* is the share of the matching scores in this row divided by the share of",
            "the other scores in this row.",
            "",
            *(
                line
                for one in _drawn_evidence(judged, DEFAULT_METRIC)
                for line in (f"{one.people}:", "", *_bins(one), "")
            ),
            *_smile_bins(judged),
        ]
    )


def _head(judged: Judged, command: str) -> list[str]:
    people = len(np.unique(judged.everybody.mimic))
    return [
        "# Uncertainty of single scores",
        "",
        f"Written by `{command}`; changes by hand are lost.",
        "[similarity.md](../similarity.md#uncertainty-of-a-score) defines interval, truth and likelihood ratio.",
        "",
        f"Learned from {judged.known.source}. Judged on {people} other drawn people: "
        + ", ".join(f"{len(np.unique(one.mimic))} of {name}" for name, one in judged.judged.items())
        + ".",
        "Four people at a time imitate the same six expressions at 0.4 to 1.1 of their strength, with up to 10 % of",
        "every other unit. Everybody is compared with everybody else of the four, in all conditions. In *good*",
        "pictures the head is turned by up to 5 degrees. *Turned*: by 8 to 15 degrees to the side, with frontal",
        "neutral pictures. *Small*: a face of 95 to 140 pixels instead of 240. *Dark*: 0.15 to 0.4 of the usual",
        "exposure, with more noise. *Blurred*: by a Gaussian of 1.5 to 4 pixels. In every second group the skin",
        "wrinkles as the face moves.",
        "There are one to three neutral pictures. The truth is the mean of the scores of the other good pictures of",
        "both people, also for scores of bad pictures.",
        "",
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _coverage_table(judged: Judged) -> list[str]:
    known = judged.known.metrics[DEFAULT_METRIC]
    groups = {"all people": judged.everybody, **judged.judged}
    rows = [
        (
            people,
            one.condition,
            one.scores,
            str(one.number),
            _percent(one.share),
            f"{100 * one.share_low:.0f} to {100 * one.share_high:.0f} %",
            f"{one.width:.2f}",
            f"{one.retake:.3f}",
        )
        for people, data in groups.items()
        for one in coverages(data, DEFAULT_METRIC, known)
        if people == "all people" or one.scores == ALL
    ]
    header = ("people", "pictures", "scores", "number", "coverage", "over people", "median width", "difference")
    return markdown_rows(header, rows, align=["---"] * 3 + [RIGHT] * 5)


def _metric_table(judged: Judged) -> list[str]:
    rows = []
    for name, known in judged.known.metrics.items():
        found = coverages(judged.everybody, name, known)
        whole = next(one for one in found if (one.condition, one.scores) == (ALL, ALL))
        by_condition = {one.condition: one for one in found if one.scores == ALL and one.condition != ALL}
        within = AIM[0] <= whole.share <= AIM[1]
        rows.append(
            (
                f"`{name}`",
                _percent(whole.share),
                "yes" if within else "no",
                *(_percent(one.share) for one in by_condition.values()),
                f"{whole.width:.3f}",
            )
        )
    header = ("metric", "coverage", "93 to 97 %", *judged.everybody.conditions, "median width")
    return markdown_rows(header, rows, align=["---"] + [RIGHT] * (len(header) - 1))


def _contributions(judged: Judged) -> list[str]:
    """Return what the interval loses without the retakes and without all qualities."""
    rows = []
    data = judged.everybody
    variants: Sequence[tuple[str, Iterable[str]]] = (
        ("all features", ()),
        ("without the scatter of the retakes", (_RETAKES,)),
        ("without size, turn, scatter, blur and number of neutral pictures", _QUALITY),
    )
    for words, left_out in variants:
        known = learn_uncertainty(*judged.learned, DEFAULT_METRIC, without=tuple(map(FEATURES.index, left_out)))
        found = {one.condition: one for one in coverages(data, DEFAULT_METRIC, known) if one.scores == ALL}
        rows.append((words, *(f"{_percent(one.share)}, {one.width:.2f}" for one in found.values())))
    header = ("interval learned with", ALL, *data.conditions)
    return [
        "What the properties of the pictures contribute: coverage and median width of the default metric.",
        "*Retakes* are the landmarks of the same picture with jittered face boxes.",
        "",
        *markdown_rows(header, rows, align=["---"] + [RIGHT] * (len(header) - 1)),
        "",
    ]


def _drawn_evidence(judged: Judged, name: str) -> list[Evidence]:
    found = []
    for data, words in ((judged.everybody, "drawn, same movements"), (judged.crossed, "drawn, in their own ways")):
        ratios = [one.likelihood_ratio for one in uncertainties(data, name, judged.known.metrics[name])]
        found.append(evidence(ratios, data.matching, people=words))
    return found


def _evidence_table(judged: Judged) -> list[str]:
    rows = []
    for name in judged.known.metrics:
        found = _drawn_evidence(judged, name)
        if judged.smiles is not None and name in judged.smiles:
            found.append(judged.smiles[name])
        rows += [
            (
                f"`{name}`",
                one.people,
                str(one.number),
                f"{one.cllr:.2f}",
                _percent(one.against_matching),
                _percent(one.for_other),
            )
            for one in found
        ]
    header = ("metric", "people", "scores", "Cllr", "matching below 1", "other above 1")
    return markdown_rows(header, rows, align=["---", "---"] + [RIGHT] * 4)


def _bins(one: Evidence) -> list[str]:
    rows = [
        (f"{part.low:g} to {part.high:g}", str(part.number), f"{part.stated:.2f}", f"{part.observed:.2f}")
        for part in one.bins
    ]
    return markdown_rows(("ratio", "scores", "stated", "observed"), rows, align=[RIGHT] * 4)


def _smile_bins(judged: Judged) -> list[str]:
    if judged.smiles is None:
        return ["Photographs were not given: ratios of real people were not judged.", ""]
    smiles = judged.smiles[DEFAULT_METRIC]
    return [
        f"The same for {smiles.people} against drawn targets of the six emotions of other people. A smile counts as an",
        "imitation of happiness and not of the five others. Smiles below the noise floor are left out.",
        "",
        *_bins(smiles),
        "",
    ]
