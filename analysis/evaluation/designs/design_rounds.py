"""Judge the statistics of designs on many simulated studies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, takewhile

import numpy as np

from analysis.evaluation.designs.simulated_trials import GROUP, PACE, TARGETS, Truth, simulated_sample
from analysis.group.ancova import ancova
from analysis.group.contrasts import between_levels, within_levels
from analysis.group.factors import Cell, Sample
from analysis.group.icc import agreement
from analysis.group.learning_slope import learning
from analysis.group.mixed_models import mixed_models
from analysis.group.results import Result

ALPHA = 0.05
MODELS_EVERY = 4
"""Mixed models take long; they are fitted to every fourth study of a task."""
NULL, EFFECT = "false alarms", "coverage"


@dataclass(frozen=True, slots=True)
class DesignTask:
    """Some simulated studies of one size."""

    participants: int
    rounds: int
    seed: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something was so."""

    kind: str
    """`NULL` or `EFFECT`."""
    statistic: str
    participants: int
    times: int
    rounds: int


def judge_designs(task: DesignTask) -> list[Counted]:
    """Simulate studies without and with effects, and count.

    Parameters
    ----------
    task : DesignTask
        Size and number of studies.
    """
    times: Counter[tuple[str, str]] = Counter()
    rounds: Counter[tuple[str, str]] = Counter()
    truth = Truth()
    for number in range(task.rounds):
        rng = np.random.default_rng([task.seed, task.participants, number])
        without = replace(truth, effect=0.0)
        null, later = (simulated_sample(rng, task.participants, without, sessions=count) for count in (1, 2))
        tests = chain(_contrasts(null), ancova(later))
        if with_models := number % MODELS_EVERY == 0:
            tests = chain(tests, mixed_models(null), learning(null))
        for name, is_alarm in _alarms(tests):
            times[NULL, name] += is_alarm
            rounds[NULL, name] += 1
        targets = rng.normal(0, truth.target, TARGETS)
        with_effect = simulated_sample(rng, task.participants, truth, targets=targets)
        estimates = chain(_contrasts(with_effect), agreement(with_effect, [Cell()]))
        if with_models:
            linear = takewhile(lambda one: one.analysis == "lmm", mixed_models(with_effect))
            estimates = chain(estimates, linear)
        for name, is_inside in _covered(estimates, truth, icc=truth.icc(targets)):
            times[EFFECT, name] += is_inside
            rounds[EFFECT, name] += 1
    return [Counted(kind, name, task.participants, times[kind, name], rounds[kind, name]) for kind, name in rounds]


def _contrasts(sample: Sample) -> Iterator[Result]:
    """Yield the contrasts of all trials."""
    for factor in (GROUP, PACE):
        compare = between_levels if factor.is_between else within_levels
        yield from compare(sample.trials, factor, factor.levels[1], factor.levels[0], cell=Cell())


_NAMES = {
    ("contrast", PACE.name): "paired t test of a condition",
    ("contrast", GROUP.name): "Welch's t test of groups",
    ("ancova", GROUP.name): "analysis of covariance",
    ("lmm", PACE.name): "linear mixed model, condition",
    ("lmm", GROUP.name): "linear mixed model, groups",
    ("glmm", PACE.name): "logistic mixed model, condition",
    ("glmm", GROUP.name): "logistic mixed model, groups",
    ("learning", ""): "learning, change per trial",
}


def _alarms(results: Iterable[Result]) -> Iterator[tuple[str, bool]]:
    """Yield the name of each test of all trials, and whether it is significant."""
    for one in results:
        name = _NAMES.get((one.analysis, one.factor))
        if name and one.test is not None and (not one.cell.where or one.analysis == "ancova"):
            yield name, one.test.p < ALPHA


def _covered(results: Iterable[Result], truth: Truth, *, icc: float) -> Iterator[tuple[str, bool]]:
    """Yield the name of each interval, and whether it contains the truth."""
    known = {
        ("contrast", PACE.name, "mean difference"): ("mean difference of a condition", truth.effect),
        ("contrast", PACE.name, "dz"): ("dz", truth.dz),
        ("contrast", GROUP.name, "mean difference"): ("mean difference of groups", truth.effect),
        ("contrast", GROUP.name, "Hedges' g"): ("Hedges' g of groups", truth.g),
        ("lmm", PACE.name, "coefficient"): ("linear mixed model, condition", truth.effect),
        ("lmm", GROUP.name, "coefficient"): ("linear mixed model, groups", truth.effect),
        ("icc", "", "ICC(2,1)"): ("ICC(2,1)", icc),
    }
    for one in results:
        ends = one.estimate.interval
        named = known.get((one.analysis, one.factor, one.statistic))
        if named and ends is not None and not one.cell.where:
            yield named[0], ends[0] <= named[1] <= ends[1]
