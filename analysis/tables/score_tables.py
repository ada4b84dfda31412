"""Measure the sessions of a data set and score every mimic against every target."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.face.measurement import Exclusion, MeasuredFace, Picture
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import DEFAULT_METRIC, Metric, metric
from analysis.face.similarity.parts import Similarity, compare_faces
from analysis.face.similarity.uncertainty import Uncertainty, score_uncertainty
from analysis.tables.measured_session import TABLED, MeasuredSession, Mimic
from analysis.tables.parallel import Workers
from analysis.tables.session_stream import each_session, whole_session
from analysis.tables.similarity_table import SimilarityTable

PUBLISHED_METRIC = "points"
BELOW_FLOOR = "below-noise-floor"
"""Reason of an exclusion: the face does not differ from one at rest."""
DEFAULT_METRICS = (DEFAULT_METRIC, PUBLISHED_METRIC)
"""Metrics of the tables if none are named: ours and the published one."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionTables:
    """A session with its scores."""

    session: MeasuredSession
    comparisons: tuple[tuple[Similarity, ...], ...]
    """For each mimic, its comparison with each measured target, with the score of the first metric."""
    trial_tables: tuple[tuple[Metric, SimilarityTable], ...]
    """For each metric a table with a column per mimic, in the order of the trials."""
    uncertainties: tuple[tuple[tuple[Uncertainty | None, ...], ...], ...]
    """For each metric, mimic and measured target, how certain the score is; None where that is not known, and below
    the noise floor."""

    @property
    def tables(self) -> tuple[tuple[Metric, SimilarityTable], ...]:
        """For each metric the table of means over repeated trials; empty without one."""
        if not self.session.imitated:
            return ()
        return tuple((metric, table.mean_over_takes()) for metric, table in self.trial_tables)


def choose_metrics(names: Sequence[str]) -> tuple[Metric, ...]:
    """Return the metrics of these names without repetitions, or the default ones."""
    return tuple(metric(name) for name in dict.fromkeys(names or DEFAULT_METRICS))


def measure_data_set(
    dataset: Path,
    model: FaceModel,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    keep: Path | None = None,
    kinds: Collection[str] = TABLED,
) -> list[MeasuredSession]:
    """Measure every session of a data set; all are in memory together.

    `analysis.tables.session_stream.each_session` needs less memory and has the same parameters.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    model : FaceModel
        The model to fit.
    jobs : int
        Processes; -1 for one per core.
    scheduler : str, optional
        Address of a Dask scheduler (`analysis.tables.parallel`).
    keep : Path, optional
        Folder to keep landmarks and fits in; default: ``DATASET/derivatives/mimicry``.
    kinds : collection of str
        Kinds of trials to measure.

    Returns
    -------
    list of MeasuredSession
        In the order of participants and sessions.

    Raises
    ------
    RecordError
        If the folder is not a data set, a journal is damaged, or the private key of encrypted frames is missing.
    """
    sessions = each_session(dataset, model, whole_session, kinds=kinds, keep=keep, workers=Workers(jobs, scheduler))
    return list(sessions)


def session_tables(session: MeasuredSession, metrics: Sequence[Metric], model: FaceModel) -> SessionTables:
    """Compare every mimic of a session with every target under every metric.

    Parameters
    ----------
    session : MeasuredSession
        The measured faces.
    metrics : sequence of Metric
        At least one; the first one is that of the comparisons.
    model : FaceModel
        The model that fitted the faces.

    Returns
    -------
    SessionTables
        Comparisons and one table per metric.
    """
    targets = session.targets.values()
    comparisons = tuple(
        tuple(compare_faces(face, mimic.face, metrics[0], model) for face in targets) for mimic in session.mimics
    )
    scores = [[[parts.score for parts in row] for row in comparisons]] + [
        [[one.score(face, mimic.face, model) for face in targets] for mimic in session.mimics] for one in metrics[1:]
    ]
    session = without_expression(session, comparisons)
    return SessionTables(
        session=session,
        comparisons=comparisons,
        trial_tables=tuple((one, _trial_table(session, own)) for one, own in zip(metrics, scores, strict=True)),
        uncertainties=tuple(
            _uncertainties(session, comparisons, own, metric=one, model=model)
            for one, own in zip(metrics, scores, strict=True)
        ),
    )


def _uncertainties(
    session: MeasuredSession,
    comparisons: Sequence[Sequence[Similarity]],
    scores: Sequence[Sequence[float]],
    *,
    metric: Metric,
    model: FaceModel,
) -> tuple[tuple[Uncertainty | None, ...], ...]:
    def certain(score: float, target: MeasuredFace, mimic: Mimic) -> Uncertainty | None:
        # A pooled score depends on the other pictures of the person, with which neighbours are not measured.
        frames = () if metric.pooled else mimic.retakes
        retakes = [score if face is mimic.face else metric.score(target, face, model) for face in frames]
        return score_uncertainty(score, target, mimic.face, metric=metric.name, model=model, retakes=retakes)

    return tuple(
        tuple(
            None if parts.without_expression else certain(score, face, mimic)
            for score, face, parts in zip(row, session.targets.values(), compared, strict=True)
        )
        for row, mimic, compared in zip(scores, session.mimics, comparisons, strict=True)
    )


def without_expression(session: MeasuredSession, comparisons: Sequence[Sequence[Similarity]]) -> MeasuredSession:
    """Return the session with what is below the noise floor among its exclusions.

    Parameters
    ----------
    session : MeasuredSession
        The session.
    comparisons : sequence
        Each mimic with the measured targets, in their order: the first mimic with all of them, the others at least with
        the first target.
    """
    if not session.targets or not session.mimics:
        return session
    shown = dict(zip(session.targets, comparisons[0], strict=True))
    weak_targets = {name: one for name, one in shown.items() if one.target_is_weak}
    weak = {
        mimic.trial.id: own[0] for mimic, own in zip(session.mimics, comparisons, strict=True) if own[0].mimic_is_weak
    }
    found = [
        _weak(f"target {name}", one.target_text, name, session.targets[name].picture)
        for name, one in weak_targets.items()
    ]
    for mimic in session.mimics:
        what, target = f"trial {mimic.trial.id}", mimic.trial.target
        if mimic.trial.id in weak:
            found.append(_weak(what, weak[mimic.trial.id].mimic_text, target, mimic.face.picture))
        elif target in weak_targets:
            found.append(_weak(what, f"target {target} is below the noise floor", target, mimic.face.picture))
    return replace(
        session,
        exclusions=(*session.exclusions, *found),
        weak_trials=frozenset(weak),
        weak_targets=frozenset(weak_targets),
    )


def _weak(what: str, message: str, target: str, picture: Picture) -> Exclusion:
    return Exclusion(BELOW_FLOOR, message, picture, what, target)


def _trial_table(session: MeasuredSession, scores: Sequence[Sequence[float]]) -> SimilarityTable:
    """Return the table of (mimic, target) scores; no column without a target."""
    mimics = session.mimics if session.targets else ()
    names = session.imitated
    return SimilarityTable(
        targets=tuple(session.targets),
        imitated=tuple(mimic.trial.target for mimic in mimics),
        scores=np.array(scores if mimics else [], dtype=float).reshape(len(mimics), len(session.targets)).T.copy(),
        expressions={name: session.record.targets[name].expression for name in names},
        names=names,
        numbered=tuple(mimic.take for mimic in mimics),
        weak=frozenset(column for column, mimic in enumerate(mimics) if mimic.trial.id in session.weak_trials),
        weak_targets=session.weak_targets,
    )
