"""The measured faces of one trial, without measuring the rest of the data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.errors import DataSetError
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.session_stream import measure_kept_session
from experiment.record.session_record import SessionRecord

KINDS = frozenset({"experiment", "practice", "training"})
"""Kinds of trials with an imitation in a kept frame."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialFaces:
    """Target and imitation of one trial."""

    session: MeasuredSession
    target_name: str
    target: MeasuredFace
    mimic: MeasuredFace


def measure_trial(record: SessionRecord, trial_id: str, model: FaceModel, *, keep: Path) -> TrialFaces:
    """Measure target and imitation of a trial of a session.

    Parameters
    ----------
    record : SessionRecord
        The session.
    trial_id : str
        The trial.
    model : FaceModel
        The model to fit.
    keep : Path
        Folder of the kept landmarks, usually ``DATASET/derivatives/mimicry``.

    Raises
    ------
    DataSetError
        If there is no such trial, or one of the faces cannot be measured; the message says why.
    """
    trial = next((one for one in record.trials if one.id == trial_id and one.kind in KINDS), None)
    if trial is None:
        known = ", ".join(one.id for one in record.trials if one.kind in KINDS) or "no trial with a kept frame"
        raise DataSetError(f"{record.label} has no trial {trial_id} with an imitation; there is {known}")
    session = measure_kept_session(record, model, top=keep, kinds={trial.kind})
    mimic = next((one.face for one in session.mimics if one.trial.id == trial_id), None)
    target = session.targets.get(trial.target)
    if mimic is None or target is None:
        what = (f"trial {trial_id}", f"target {trial.target}")
        reasons = [one.short_message for one in session.exclusions if one.what in what]
        raise DataSetError(f"{record.label}, trial {trial_id}, cannot be drawn: {'; '.join(reasons) or 'no face'}")
    return TrialFaces(session, trial.target, target, mimic)
