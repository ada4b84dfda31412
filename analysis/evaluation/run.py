"""The whole evaluation, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis.evaluation.cast import Means
from analysis.evaluation.generators import Generator
from analysis.evaluation.judge import Verdict, judge
from analysis.evaluation.london import london
from analysis.evaluation.panels import Panel, crossed, mimics, posers
from analysis.evaluation.shots import Studio
from analysis.evaluation.sizes import Size
from analysis.face.similarity.metrics import metric, metric_names
from analysis.face.store import load_model
from analysis.tables.parallel import results

POINT_VARIANTS = ("points:all:mean", "points:mobile", "points:mobile:mean", "points:mouth", "points:brows")
"""Readings of the published score that are judged besides the plain one."""
SEED = 20200309


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom to judge on."""

    generators: Sequence[Generator]
    """The first one is the model that fits."""
    photographs: Path | None
    cache: Path


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Everything that was found out."""

    metrics: tuple[str, ...]
    panels: tuple[Panel, ...]
    verdicts: tuple[Verdict, ...]

    def verdict(self, panel: str, name: str) -> Verdict:
        """Of one metric on one panel."""
        return next(one for one in self.verdicts if (one.panel, one.metric) == (panel, name))


def evaluate(sources: Sources, size: Size, means: Means, *, metrics: Sequence[str] = ()) -> Evaluation:
    """Judge every metric, or those given, on every panel there is."""
    judged = tuple(metrics) or (*metric_names(), *POINT_VARIANTS)
    for name in judged:
        metric(name)
    panels: list[Panel] = []
    same: set[str] = set()
    for generator in sources.generators:
        studio = Studio(generator, sources.cache)
        panels.append(mimics(studio, size, means, seed=SEED))
        panels += posers(studio, size, means, seed=SEED + 1)
        panels.append(crossed(studio, size, means, seed=SEED + 2))
        same.add(panels[-1].name)
    if sources.photographs is not None:
        panels.append(london(sources.photographs, sources.cache, size, means))
    tasks = [(panel, name, panel.name in same) for panel in panels for name in judged]
    work = partial(_verdict, means.model, size.rounds)
    verdicts = means.watch(results(work, tasks, jobs=means.jobs), len(tasks), "judging")
    return Evaluation(judged, tuple(panels), tuple(verdicts))


def _verdict(model: str, rounds: int, task: tuple[Panel, str, bool]) -> Verdict:
    panel, name, crossed_ = task
    return judge(panel, metric(name), load_model(model), rounds=rounds, crossed=crossed_)
