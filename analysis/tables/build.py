"""From measured sessions to tables, for any metrics, and the whole way from a data set."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.face.measurement import Picture
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import DEFAULT_METRIC, Metric, metric
from analysis.face.similarity.parts import Similarity, compare_faces
from analysis.tables.picture_landmarks import look_at
from analysis.tables.session import TABLED, MeasuredSession, Mimic, measure_session, pictures_of
from analysis.tables.table import ParticipantTable
from analysis.terminal import progress
from experiment.record.layout import SessionPlace
from experiment.record.sessions import read_sessions

PUBLISHED_METRIC = "points"
DEFAULT_METRICS = (DEFAULT_METRIC, PUBLISHED_METRIC)
"""What is tabled unless metrics are named: ours, and the published score beside it."""


@dataclass(frozen=True, slots=True)
class Score:
    """How alike one mimic and one target are."""

    metric: str
    target: str
    trial: str
    mimic: str
    """Name of the target that was imitated in the trial."""
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One mimic beside one target, apart from any table: regions, strength, sides, and where the two differ."""

    trial: str
    target: str
    parts: Similarity


@dataclass(frozen=True, slots=True, eq=False)
class SessionTables:
    """A session with its tables."""

    session: MeasuredSession
    scores: tuple[Score, ...]
    """Every trial against every target under every metric."""
    comparisons: tuple[Comparison, ...]
    """Every trial against every target; the score in it is that of the first metric."""
    tables: tuple[tuple[Metric, ParticipantTable], ...]
    """One per metric, in the order asked for; none if there was no experiment trial."""


def derivatives(dataset: Path) -> Path:
    """``DATASET/derivatives/mimicry``."""
    return dataset / "derivatives" / "mimicry"


def metrics_of(names: Sequence[str]) -> tuple[Metric, ...]:
    """The metrics of these names, or the default ones if there are none; the same one only once."""
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
    """Read every session of a data set and measure it; pictures that are known are not looked at again.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    model : FaceModel
        What to fit.
    jobs, scheduler
        Who looks at the pictures (`analysis.tables.parallel`).
    keep : Path, optional
        Where landmarks are kept; ``DATASET/derivatives/mimicry`` if not given.
    kinds : collection of str
        Which kinds of trials.

    Raises
    ------
    RecordError
        If the folder is no data set, or a journal is damaged.
    """
    records = read_sessions(dataset)
    top = keep or derivatives(dataset)
    where: dict[Picture, Path] = {}
    for record in records:
        own, targets = pictures_of(record, kinds)
        place = SessionPlace(top, record.participant, record.session)
        where |= dict.fromkeys(targets, top / "stimuli" / "landmarks")
        where |= dict.fromkeys(own, place.behaviour.parent / "landmarks")
    seen = look_at(where, jobs=jobs, scheduler=scheduler)
    measured = (measure_session(record, seen, model, kinds) for record in records)
    return list(progress(measured, total=len(records), title="Fitting faces"))


def session_tables(session: MeasuredSession, metrics: Sequence[Metric], model: FaceModel) -> SessionTables:
    """Compare every mimic of a session with every target; a cell is the mean over the takes of a target."""
    comparisons = tuple(
        Comparison(mimic.trial.id, target, compare_faces(face, mimic.face, metrics[0], model))
        for mimic in session.mimics
        for target, face in session.targets.items()
    )
    first = {(one.trial, one.target): one.parts.score for one in comparisons}
    scores = tuple(
        Score(
            one.name,
            target,
            mimic.trial.id,
            mimic.trial.target,
            first[mimic.trial.id, target] if one is metrics[0] else one.score(face, mimic.face, model),
        )
        for one in metrics
        for mimic in session.mimics
        for target, face in session.targets.items()
    )
    tables = tuple((one, _table(session, one, scores)) for one in metrics) if session.imitated else ()
    return SessionTables(session, scores, comparisons, tables)


def _table(session: MeasuredSession, one: Metric, scores: Sequence[Score]) -> ParticipantTable:
    takes: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for score in scores:
        if score.metric == one.name:
            takes[score.target, score.mimic].append(score.value)
    record = session.record
    return ParticipantTable(
        participant=record.participant,
        session=record.session,
        task=record.task,
        metric=one.name,
        targets=session.imitated,
        cells={where: sum(values) / len(values) for where, values in takes.items()},
        takes=takes_of(session.mimics),
        expressions={name: record.targets[name].expression for name in session.imitated},
    )


def takes_of(mimics: Sequence[Mimic]) -> dict[str, int]:
    """How many measured trials every target has."""
    counts: dict[str, int] = {}
    for mimic in mimics:
        counts[mimic.trial.target] = counts.get(mimic.trial.target, 0) + 1
    return counts


def writable(folder: Path) -> bool:
    """Whether files can be made in a folder that may not be there yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)
