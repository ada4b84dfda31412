"""Measure a pool for a protocol and simulate the power of its design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.face.similarity.metrics import metric
from analysis.terminal import progress
from experiment.errors import SessionError
from experiment.lab.assignments import rehearsed_assignments
from experiment.lab.clip_stills import clip_stills
from experiment.lab.rendered_targets import render_drawn
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan, Target
from experiment.protocol.planner import design
from experiment.record.files import make_folder, record_errors
from experiment.simulation.study.power import imitated_targets, simulate_power, study_design
from experiment.simulation.study.power_files import PowerCurve
from experiment.simulation.study.score_pool import PoolRecipe, ScorePool, measure_pool, read_pool, write_pool
from experiment.simulation.visitor import load_face_model

MOST_SIZES = 12
"""Numbers of participants that are simulated; more are spread evenly."""
POOL_FILE = "pool.csv"


@dataclass(frozen=True, slots=True)
class PowerOptions:
    """Options of a power simulation."""

    effect: float
    smallest: int
    largest: int
    metric: str
    jobs: int = 1
    people: int = 20
    takes: int = 3
    rounds: int = 1000


def simulated_power(protocol: Path, out: Path, options: PowerOptions, *, seed: int | None = None) -> PowerCurve:
    """Return the power curve of a protocol; the pool is kept in the folder.

    Parameters
    ----------
    protocol : Path
        The protocol file.
    out : Path
        Folder of the results.
    options : PowerOptions
        Effect, numbers of participants, metric and sizes.
    seed : int
        Seed (default: the protocol's).

    Raises
    ------
    ExperimentError, AnalysisError, RecordError
        If the protocol has no imitations, the metric is unknown, a target cannot be measured, or the folder cannot be
        written to.
    """
    metric(options.metric)
    plans = _plans(protocol, seed)
    targets = imitated_targets(plans)
    if not targets:
        raise SessionError(f"{protocol}: there are no imitations in blocks of kind experiment, so there is no score")
    compared = study_design(plans)
    if options.smallest < compared.fewest:
        raise SessionError(f"--participants: {compared.test} needs at least {compared.fewest} participants")
    with record_errors("write", out, new=True):
        make_folder(out)
    pool = _pool(targets, out, options, seed=plans[0].seed).levelled()
    sizes = np.unique(np.linspace(options.smallest, options.largest, MOST_SIZES).round().astype(int))
    rng = np.random.default_rng([plans[0].seed, 11])
    points = [
        tuple(
            simulate_power(pool, compared, int(size), effect=effect, rounds=options.rounds, rng=rng)
            for effect in (options.effect, 0.0)
        )
        for size in progress(sizes, total=len(sizes), title="Simulating studies")
    ]
    return PowerCurve(
        plans[0].task, pool, compared, tuple(point for point, _ in points), tuple(null for _, null in points)
    )


def _plans(protocol: Path, seed: int | None) -> list[SessionPlan]:
    checked = load_protocol(protocol)
    assignment = rehearsed_assignments(checked, ["01"], seed=seed)["01"]
    return [
        design(
            checked,
            participant="01",
            session=session,
            seed=seed,
            language=None,
            assignment=assignment,
            render=render_drawn,
            stills=clip_stills,
        )
        for session in [*(checked.content.sessions or ())] or [None]
    ]


def _pool(targets: Sequence[Target], out: Path, options: PowerOptions, *, seed: int) -> ScorePool:
    """Return the kept pool, or measure and keep it."""
    recipe = PoolRecipe(
        targets, load_face_model(), options.metric, people=options.people, takes=options.takes, seed=seed
    )
    key = recipe.key()
    pool = read_pool(out / POOL_FILE, key=key)
    if pool is None:
        pool = measure_pool(recipe, jobs=options.jobs)
        with record_errors("write", out / POOL_FILE):
            write_pool(pool, out / POOL_FILE, key=key)
    return pool
