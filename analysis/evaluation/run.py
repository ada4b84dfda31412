"""The whole evaluation, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis.evaluation.cast import Means
from analysis.evaluation.curves import Curve, Watched, curve, watch_people
from analysis.evaluation.floor import Floor, floor, resting_faces
from analysis.evaluation.generators import Generator
from analysis.evaluation.judge import Verdict, judge
from analysis.evaluation.london import london
from analysis.evaluation.panels import Panel, crossed, mimics, posers
from analysis.evaluation.shots import Studio
from analysis.evaluation.sizes import Size
from analysis.face.measurement import MeasuredFace
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import DEFAULT_METRIC, metric, metric_names
from analysis.tables.parallel import results

POINT_VARIANTS = ("points:all:mean", "points:mobile", "points:mobile:mean", "points:mouth", "points:brows")
"""Readings of the published score that are judged besides the plain one."""
CURVE_METRICS = ("units", "emotions", "displacement", "points:mobile")
"""What the curves show besides the default metric."""
SEED = 20200309


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom to judge on."""

    generators: Sequence[Generator]
    """The first one is the model that fits; the curves are taken on the last one."""
    photographs: Path | None
    cache: Path


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Everything that was found out."""

    sources: Sources
    model: str
    metrics: tuple[str, ...]
    panels: tuple[Panel, ...]
    verdicts: tuple[Verdict, ...]
    curves: tuple[Curve, ...]
    curves_of: str
    """The generator of the people of the curves."""
    floors: tuple[Floor, ...]
    """Of faces at rest, none of which calibrated its person."""
    shown: tuple[Floor, ...]
    """Of faces that show something."""

    def verdict(self, panel: str, name: str) -> Verdict:
        """Of one metric on one panel."""
        return next(one for one in self.verdicts if (one.panel, one.metric) == (panel, name))


def evaluate(sources: Sources, size: Size, means: Means, *, metrics: Sequence[str] = ()) -> Evaluation:
    """Judge every metric, or those given, on every panel there is.

    Raises
    ------
    AnalysisError
        If there is no metric of a name, a face model cannot be read, or there are no photographs in their folder.
    """
    judged = tuple(metrics) or (*metric_names(), *POINT_VARIANTS)
    for name in judged:
        metric(name)
    model = load_model(means.model)
    panels: list[Panel] = []
    resting: dict[str, Sequence[MeasuredFace]] = {}
    shown: dict[str, Sequence[MeasuredFace]] = {}
    for generator in sources.generators:
        studio = Studio(generator, sources.cache)
        panels.append(mimics(studio, size, means, seed=SEED))
        shown[panels[-1].name] = [face for pair in panels[-1].pairs for face in pair.mimics]
        panels += posers(studio, size, means, seed=SEED + 1)
        panels.append(crossed(studio, size, means, seed=SEED + 2))
        resting[generator.name] = resting_faces(studio, size, means, seed=SEED + 3)
    if sources.photographs is not None:
        people = london(sources.photographs, sources.cache, size, means)
        panels += [people.calibrated, people.joint]
        resting["london"], shown["smiles, london"] = people.resting, people.smiling
    tasks = [(panel, name) for panel in panels for name in judged]
    work = partial(_verdict, means.model, size.rounds)
    verdicts = tuple(means.progress(results(work, tasks, jobs=means.jobs), total=len(tasks), title="judging"))
    last = sources.generators[-1]
    watched = watch_people(Studio(last, sources.cache), size, means, seed=SEED + 4)
    shown_metrics = tuple(metrics) or tuple(dict.fromkeys((DEFAULT_METRIC, *CURVE_METRICS)))
    draw = partial(_curve, means.model, shown_metrics, watched)
    numbers = range(len(watched.conditions))
    curves = means.progress(results(draw, numbers, jobs=means.jobs), total=len(numbers), title="curves")
    return Evaluation(
        sources=sources,
        model=means.model,
        metrics=judged,
        panels=tuple(panels),
        verdicts=verdicts,
        curves=tuple(curves),
        curves_of=last.name,
        floors=tuple(floor(f"{name}, at rest", faces, model) for name, faces in resting.items()),
        shown=tuple(floor(name, faces, model) for name, faces in shown.items()),
    )


def _verdict(model: str, rounds: int, task: tuple[Panel, str]) -> Verdict:
    panel, name = task
    return judge(panel, metric(name), load_model(model), rounds=rounds)


def _curve(model: str, metrics: Sequence[str], watched: Watched, number: int) -> Curve:
    return curve(watched, watched.conditions[number], [metric(name) for name in metrics], load_model(model))
