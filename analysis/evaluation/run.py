"""Run the whole evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from analysis.evaluation.curves import ConditionPanel, Curve, measure_conditions, score_curve
from analysis.evaluation.floor import Floor, floor_of, resting_faces
from analysis.evaluation.judge import Verdict, judge
from analysis.evaluation.london import measure_london
from analysis.evaluation.members import DrawnStudy, Measuring
from analysis.evaluation.panels import Panel, crossed, mimics, posers
from analysis.evaluation.photographs import PhotographStore
from analysis.evaluation.sizes import Size
from analysis.face.measurement import MeasuredFace
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import DEFAULT_METRIC, metric, metric_names
from analysis.face.synthetic.generators import Generator
from analysis.tables.parallel import results

POINT_VARIANTS = ("points:all:mean", "points:mobile", "points:mobile:mean", "points:mouth", "points:brows")
"""Variants of the published score that are also judged."""
POOLED_METRICS = ("pooled", "appearance-pooled")
"""Pooled metrics that are also judged."""
CURVE_METRICS = ("appearance", "units", "emotions", "displacement", "points:mobile")
"""Metrics of the curves, after the default metric."""
SEED = 20200309


@dataclass(frozen=True, slots=True)
class Sources:
    """The people of an evaluation."""

    generators: Sequence[Generator]
    """Face models of drawn people. The first is the model that is fitted; the curves use the last."""
    photographs: Path | None
    cache: Path


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All results."""

    sources: Sources
    model: str
    metrics: tuple[str, ...]
    panels: tuple[Panel, ...]
    verdicts: tuple[Verdict, ...]
    curves: tuple[Curve, ...]
    curves_of: str
    """Name of the generator of the people of the curves."""
    floors: tuple[Floor, ...]
    """Faces at rest that do not calibrate."""
    shown: tuple[Floor, ...]
    """Faces with an expression."""

    def verdict(self, panel: str, name: str) -> Verdict:
        """Return the verdict about one metric on one panel."""
        return next(one for one in self.verdicts if (one.panel, one.metric) == (panel, name))


def evaluate(sources: Sources, size: Size, measuring: Measuring, *, metrics: Sequence[str] = ()) -> Evaluation:
    """Judge metrics on every panel.

    Parameters
    ----------
    sources : Sources
        The people to judge on.
    size : Size
        Number of people and pictures.
    measuring : Measuring
        Settings of the measurement.
    metrics : sequence of str
        Names of metrics; all if empty.

    Raises
    ------
    AnalysisError
        If a metric does not exist, a face model cannot be read, or the folder has no photographs.
    """
    judged = tuple(metrics) or (*metric_names(), *POOLED_METRICS, *POINT_VARIANTS)
    for name in judged:
        metric(name)
    model = load_model(measuring.model)
    panels: list[Panel] = []
    resting: dict[str, Sequence[MeasuredFace]] = {}
    shown: dict[str, Sequence[MeasuredFace]] = {}
    for generator in sources.generators:
        study = DrawnStudy(PhotographStore(generator, sources.cache), size, measuring, SEED)
        panels.append(mimics(study))
        shown[panels[-1].name] = [face for pair in panels[-1].pairs for face in pair.mimics]
        panels += posers(replace(study, seed=SEED + 1))
        panels += posers(replace(study, seed=SEED + 1, wrinkles=True))[:1]
        panels += posers(replace(study, seed=SEED + 6, own_movements=True))
        panels += posers(replace(study, seed=SEED + 5, small=True))[:1]
        panels.append(crossed(replace(study, seed=SEED + 2)))
        resting[generator.name] = resting_faces(replace(study, seed=SEED + 3))
    if sources.photographs is not None:
        people = measure_london(sources.photographs, sources.cache, size, measuring=measuring)
        panels += [people.calibrated, people.unlabelled, people.against_targets]
        resting["london"], shown["smiles, london"] = people.resting, people.smiling
    tasks = [(panel, name) for panel in panels for name in judged]
    work = partial(_verdict, measuring.model, size.rounds)
    verdicts = measuring.progress(results(work, tasks, jobs=measuring.jobs), total=len(tasks), title="judging")
    return Evaluation(
        sources=sources,
        model=measuring.model,
        metrics=judged,
        panels=tuple(panels),
        verdicts=tuple(verdicts),
        curves=_curves(sources, size, measuring, metrics),
        curves_of=sources.generators[-1].name,
        floors=tuple(floor_of(f"{name}, at rest", faces, model) for name, faces in resting.items()),
        shown=tuple(floor_of(name, faces, model) for name, faces in shown.items()),
    )


def _curves(sources: Sources, size: Size, measuring: Measuring, metrics: Sequence[str]) -> tuple[Curve, ...]:
    store = PhotographStore(sources.generators[-1], sources.cache)
    panel = measure_conditions(DrawnStudy(store, size, measuring, SEED + 4))
    names = tuple(metrics) or tuple(dict.fromkeys((DEFAULT_METRIC, *CURVE_METRICS)))
    work, numbers = partial(_curve, measuring.model, names, panel), range(len(panel.conditions))
    found = results(work, numbers, jobs=measuring.jobs)
    return tuple(measuring.progress(found, total=len(numbers), title="curves"))


def _verdict(model: str, rounds: int, task: tuple[Panel, str]) -> Verdict:
    panel, name = task
    return judge(panel, metric(name), load_model(model), rounds=rounds)


def _curve(model: str, metrics: Sequence[str], panel: ConditionPanel, number: int) -> Curve:
    chosen = [metric(name) for name in metrics]
    return score_curve(panel, panel.conditions[number], chosen, model=load_model(model))
