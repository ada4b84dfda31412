"""The statistics of `analysis.group` for the first page.

Means, rank-1 and contrasts by condition, group and session. Mixed models and learning are left to ``group``: they take
long in large studies, and learning needs trials of the training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.group.analyse import StudyStatistics, analyse
from analysis.group.factors import Sample
from analysis.group.long_table import SessionRows, study_frames
from analysis.group.result_files import sample_sentence
from analysis.group.result_tables import TextTable, confusion_tables, mean_tables, statistic_tables

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
    statistics = analyse(frames, with_models=False)
    return tuple(_tables(statistics, one) for one in statistics.samples), frames.warnings


def _tables(statistics: StudyStatistics, sample: Sample) -> StudySample:
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
