"""The statistics of `analysis.group` for the first page.

Means, rank-1 and contrasts by condition, group and session. Mixed models and learning are left to ``group``: they take
long in large studies, and learning needs trials of the training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.group.analyse import StudyStatistics
from analysis.group.ancova import ancova
from analysis.group.contrasts import contrasts
from analysis.group.factors import Sample, cells, samples
from analysis.group.icc import agreement
from analysis.group.long_table import SessionRows, study_frames
from analysis.group.means import CONFUSIONS, MEANS, cell_results, confusion_rows, mean_rows
from analysis.group.result_files import sample_sentence
from analysis.group.result_tables import TextTable, confusion_tables, mean_tables, statistic_tables
from analysis.group.results import Result, corrected, result_row, results_frame

_SHOWN = frozenset({"mean", "rank1", "icc"})
"""Analyses that are unfolded."""


@dataclass(frozen=True, slots=True)
class StudySample:
    """One task, set of targets and metric."""

    metric: str
    sentence: str
    """Numbers of participants, trials, targets and exclusions."""
    first: tuple[TextTable, ...]
    """The target x mimic table of all trials, and the main statistics."""
    more: tuple[TextTable, ...]
    """All other tables, which are folded."""


def study_samples(made: Sequence[SessionRows]) -> tuple[tuple[StudySample, ...], tuple[str, ...]]:
    """Return the statistics of all sessions, and warnings about sets of targets.

    Parameters
    ----------
    made : sequence of SessionRows
        All sessions.
    """
    frames = study_frames(made)
    if frames.trials.empty or frames.scores.empty:
        return (), frames.warnings
    found = [one for one in samples(frames.trials, frames.scores) if len(one.trials)]
    return tuple(_tables(one) for one in found), frames.warnings


def _tables(sample: Sample) -> StudySample:
    own = cells(sample.factors)
    results = corrected(_results(sample))
    statistics = StudyStatistics(
        samples=(sample,),
        means=pd.DataFrame(list(mean_rows(sample, own)), columns=list(MEANS)),
        confusions=pd.DataFrame(list(confusion_rows(sample, own)), columns=list(CONFUSIONS)),
        statistics=results_frame(result_row(sample, one) for one in results),
    )
    means = list(mean_tables(statistics, sample))
    numbers = list(statistic_tables(statistics, sample))
    return StudySample(
        metric=sample.metric,
        sentence=sample_sentence(sample),
        first=(*means[:1], *(one for one in numbers if one.key in _SHOWN)),
        more=(
            *(one for one in numbers if one.key not in _SHOWN),
            *means[1:],
            *confusion_tables(statistics, sample),
        ),
    )


def _results(sample: Sample) -> Iterator[Result]:
    own = cells(sample.factors)
    yield from cell_results(sample, own)
    yield from agreement(sample, own)
    yield from contrasts(sample)
    yield from ancova(sample)
