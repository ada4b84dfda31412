"""Provenance of numbers: metric, model, program, protocol, seed, pictures."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.fitting.emotion_responses import FILE as EMOTION_RESPONSES
from analysis.face.fitting.learned_arrays import learned_sha256
from analysis.face.models.model import FaceModel
from analysis.face.movements.strengths import LEARNED as STRENGTHS
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.uncertainty import FILE as UNCERTAINTY
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.output_files import known_sha256, put_json, relative_path
from analysis.tables.picture_landmarks import landmark_fingerprint
from experiment.record.bids import BIDS_VERSION
from experiment.record.provenance import commit, versions
from experiment.record.session_record import SessionRecord


def describe_metric(metric: Metric, model: FaceModel, calibration: str) -> str:
    """Return what must stand next to any number: metric, model, calibration.

    Parameters
    ----------
    metric : Metric
        The metric of the number.
    model : FaceModel
        The model that fitted the faces.
    calibration : str
        As in `MeasuredSession.calibration`.
    """
    how = calibration_name(metric, calibration)
    calibrated = "no calibration, each picture alone" if how == "alone" else f"{how} calibration"
    return f"metric {metric.name} ({metric.caption}; model {model.name}; {calibrated})"


def calibration_name(metric: Metric, calibration: str) -> str:
    """Return ``neutral``, ``alone``, or ``joint`` (pooled, no neutral picture)."""
    return "joint" if metric.pooled and calibration == "alone" else calibration


def provenance(session: MeasuredSession, model: FaceModel, dataset: Path) -> dict[str, Any]:
    """Return the provenance of a session's numbers.

    Parameters
    ----------
    session : MeasuredSession
        The measured session.
    model : FaceModel
        The model that fitted the faces.
    dataset : Path
        The folder that file names are relative to.

    Returns
    -------
    dict
        Ready for JSON.
    """
    record = session.record
    people = [*session.target_people, *([session.participant] if session.participant else [])]
    pictures = {face.picture.path for face in session.targets.values()}
    pictures |= {mimic.face.picture.path for mimic in session.mimics}
    pictures |= {face.picture.path for person in people for face in person.neutrals}
    return {
        **about_session(record, model),
        "landmarks": landmark_fingerprint(),
        "pictures": {relative_path(path, dataset): known_sha256(path) for path in sorted(pictures)},
        "landmark_files": dict(session.landmark_files),
    }


def about_session(record: SessionRecord, model: FaceModel) -> dict[str, Any]:
    """Return program, face model and journal of a session's numbers.

    Parameters
    ----------
    record : SessionRecord
        The session.
    model : FaceModel
        The model that fitted the faces.

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {
        **about_program(model),
        "protocol": record.task,
        "seed": record.seed,
        "journal": {"lines": record.journal_lines, "sha256": record.journal_sha256},
        "session": dict(record.notes),
    }


def about_program(model: FaceModel) -> dict[str, Any]:
    """Return program and face model of any numbers, ready for JSON."""
    return {
        "program": program(),
        "model": {"name": model.name, "sha256": model_sha256(model), "licence": model.licence.split("\n")[0]},
        "learned": _learned(),
    }


@functools.lru_cache(maxsize=4)
def model_sha256(model: FaceModel) -> str:
    """Return the SHA-256 of the arrays of a model; the file format does not matter."""
    digest = hashlib.sha256()
    arrays = [model.mean, model.identity, *(model.bases[name].shapes for name in sorted(model.bases))]
    for array in [*arrays, model.landmark_vertices, model.triangles]:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def write_description(top: Path, *, dataset: Path) -> Path:
    """Write and return the ``dataset_description.json`` that BIDS requires."""
    source = _read_json(dataset / "dataset_description.json")
    content = {
        "Name": f"{source.get('Name', dataset.name)}: faces measured, mimics compared with targets",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "Mimicry Lab", "Version": commit(), "Description": "mimicry tables"}],
        "SourceDatasets": [{"URL": "../.."}],
    }
    return put_json(top / "dataset_description.json", content)


@functools.cache
def _learned() -> dict[str, str]:
    learned = (EMOTION_RESPONSES, STRENGTHS, UNCERTAINTY)
    others = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in learned}
    return {**learned_sha256(), **others}


@functools.cache
def program() -> dict[str, str]:
    """Return name, commit and versions of this program."""
    return {"name": "mimicry-lab", "commit": commit(), **versions()}


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
