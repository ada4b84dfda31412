"""Likelihood ratios of photographed smiles against drawn targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.evaluation.london import HAPPINESS, measure_london
from analysis.evaluation.members import Measuring
from analysis.evaluation.sizes import FULL
from analysis.evaluation.uncertainty.judge_uncertainty import Evidence, evidence
from analysis.evaluation.uncertainty.repeated_people import GOOD, GroupTask, measured_sets
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.face.similarity.metrics import metric
from analysis.face.similarity.parts import below_floor
from analysis.face.similarity.uncertainty import KnownUncertainty, pair_features
from analysis.terminal import progress


def smile_ratios(
    folder: Path, cache: Path, targets: GroupTask, *, known: KnownUncertainty, jobs: int = 1
) -> Mapping[str, Evidence]:
    """Judge the ratios of real smiles against drawn targets of the six emotions.

    A smile counts as an imitation of happiness, and not of the five others. Smiles and targets below the noise floor
    are left out.

    Parameters
    ----------
    folder : Path
        The photographs.
    cache : Path
        Folder of kept pictures and detected faces.
    targets : GroupTask
        The people whose first good session gives the targets.
    known : KnownUncertainty
        The learned numbers.
    jobs : int
        Processes.

    Returns
    -------
    mapping
        By metric; pooled metrics are left out, as a person has one smile.
    """
    model = load_model()
    size = replace(FULL, others=1)
    people = measure_london(folder, cache, size, measuring=Measuring(DEFAULT_MODEL, jobs, progress))
    smiles = [face for face in people.smiling if not below_floor(face, model)]
    first = [one for one in measured_sets(targets, model) if (one.condition, one.number) == (GOOD, 0)]
    shown = [(name, face) for one in first for name, face in one.faces.items() if not below_floor(face, model)]
    found = {}
    for name in known.metrics:
        chosen = metric(name)
        if chosen.pooled:
            continue
        ratios, matching = [], []
        for smile in smiles:
            for label, target in shown:
                learned = known.about(target, smile, metric=name, model=model)
                if learned is not None:
                    score = chosen.score(target, smile, model)
                    one = learned.uncertainty(score, pair_features(target, smile, model))
                    ratios.append(one.likelihood_ratio)
                    matching.append(label == HAPPINESS)
        found[name] = evidence(ratios, np.array(matching), people=f"{len(smiles)} photographed smiles")
    return found
