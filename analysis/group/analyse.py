"""All statistics of a study, from its long tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.group.ancova import ancova
from analysis.group.contrasts import contrasts
from analysis.group.factors import Cell, Sample, cells, samples
from analysis.group.icc import agreement
from analysis.group.learning_slope import learning
from analysis.group.long_table import StudyFrames
from analysis.group.means import CONFUSIONS, MEANS, cell_results, confusion_rows, mean_rows
from analysis.group.mixed_models import mixed_models
from analysis.group.results import Result, corrected, result_row, results_frame


@dataclass(frozen=True, slots=True, eq=False)
class StudyStatistics:
    """All statistics of a study as frames."""

    samples: tuple[Sample, ...]
    means: pd.DataFrame
    """Target x mimic means of every cell."""
    confusions: pd.DataFrame
    statistics: pd.DataFrame
    """One row per statistic."""

    def rows(self, **wanted: str) -> pd.DataFrame:
        """Return the statistics with these values, such as ``cell="all"``."""
        found = self.statistics
        for name, value in wanted.items():
            found = found[found[name] == value]
        return found


def analyse(frames: StudyFrames, *, with_models: bool = True) -> StudyStatistics:
    """Compute all statistics of a study.

    Mixed models and learning can be left out: they take long in large studies.
    """
    found = tuple(one for one in samples(frames.trials, frames.scores) if len(one.trials))
    means: list[dict[str, Any]] = []
    confusions: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for sample in found:
        own = cells(sample.factors)
        means += mean_rows(sample, own)
        confusions += confusion_rows(sample, own)
        rows += [result_row(sample, one) for one in corrected(_results(sample, own, with_models=with_models))]
    return StudyStatistics(
        samples=found,
        means=pd.DataFrame(means, columns=list(MEANS)),
        confusions=pd.DataFrame(confusions, columns=list(CONFUSIONS)),
        statistics=results_frame(rows),
    )


def _results(sample: Sample, own: list[Cell], *, with_models: bool) -> Iterator[Result]:
    """Yield the statistics of a sample, without corrections for multiple comparisons."""
    yield from cell_results(sample, own)
    yield from agreement(sample, own)
    yield from contrasts(sample)
    yield from ancova(sample)
    if with_models:
        yield from mixed_models(sample)
        yield from learning(sample)
