"""A score depends on its two pictures and their neutral pictures: no other score changes by one bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.face.measurement import DetectedFace, Detection, Exclusion, Picture
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import metric, metric_names
from analysis.tables.measured_session import measure_session, session_pictures
from analysis.tables.score_tables import session_tables
from experiment.record.session_record import SessionRecord
from experiment.record.sessions import read_sessions
from tests.analysis.tables.measured_here import MeasuredHere
from tests.analysis.tables.rehearsed import Faces, Image, record_session

TRIALS = ("anger", "fear", "happiness", "anger", "sadness")
INDEPENDENT = (*metric_names(), "points:mobile:mean")
Scores = Mapping[tuple[str, str, str], float]


def shade(name: str) -> Image:
    """Return a picture of the size that the landmarks belong to, with edges everywhere."""
    blocks = np.random.default_rng(sum(map(ord, name))).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    return np.kron(blocks, np.ones((8, 8, 1), dtype=np.uint8))


@pytest.fixture(params=["neutral pictures", "no neutral picture"])
def record(request: pytest.FixtureRequest, tmp_path: Path) -> SessionRecord:
    neutral = request.param == "neutral pictures"
    names = tuple(dict.fromkeys(TRIALS))
    record_session(
        tmp_path / "data",
        targets=names,
        trials=TRIALS,
        calibration=2 if neutral else 0,
        target_neutral=neutral,
        pictures=shade,
    )
    return read_sessions(tmp_path / "data")[0]


def detected(record: SessionRecord) -> dict[Picture, Detection]:
    faces = Faces(load_model(), noise_px=0.3)
    return {picture: faces.detect(picture) for pictures in session_pictures(record) for picture in pictures}


def scores(record: SessionRecord, detections: Mapping[Picture, Detection], *names: str) -> Scores:
    """Return every score by metric, trial and target."""
    model, metrics = load_model(), [metric(name) for name in names]
    session = measure_session(record, detections, MeasuredHere(model))
    made = session_tables(session, metrics, model)
    return {
        (used.name, mimic.trial.id, target): table.scores[row, column]
        for used, table in made.trial_tables
        for column, mimic in enumerate(session.mimics)
        for row, target in enumerate(session.targets)
    }


def changes(detections: Mapping[Picture, Detection], gone: Picture) -> Iterator[dict[Picture, Detection]]:
    """Yield the detections without a picture, and with another face in it."""
    found, other = detections[gone], detections[next(one for one in detections if one.expression == "fear")]
    assert isinstance(found, DetectedFace)
    assert isinstance(other, DetectedFace)
    yield {**detections, gone: Exclusion("blurred", "left out for a test", gone)}
    yield {**detections, gone: replace(found, landmarks=other.landmarks)}


def test_leaving_out_or_altering_a_trial_changes_no_other_score(record: SessionRecord) -> None:
    detections = detected(record)
    before = scores(record, detections, *INDEPENDENT)
    trial = next(trial for trial in record.trials if trial.id == "anger-2")
    frame = next(picture for picture in detections if picture.path == trial.frame)

    for altered in changes(detections, frame):
        after = scores(record, altered, *INDEPENDENT)

        others = [key for key in before if key[1] != "anger-2"]
        assert len(others) == len(INDEPENDENT) * 4 * 4
        assert [key for key in others if before[key] != after[key]] == []


def test_leaving_out_or_altering_a_target_changes_no_score_of_other_targets(record: SessionRecord) -> None:
    detections = detected(record)
    before = scores(record, detections, *INDEPENDENT)
    shown = next(picture for picture in detections if picture.path == record.targets["sadness"].image)

    for altered in changes(detections, shown):
        after = scores(record, altered, *INDEPENDENT)

        others = [key for key in before if key[2] != "sadness"]
        assert len(others) == len(INDEPENDENT) * 5 * 3
        assert [key for key in others if before[key] != after[key]] == []


def test_pooled_scores_depend_on_the_other_trials(record: SessionRecord) -> None:
    detections = detected(record)
    frame = next(picture for picture in detections if picture.path == record.trials[-1].frame)
    before = scores(record, detections, "combined-pooled", "appearance-pooled")
    after = scores(record, next(changes(detections, frame)), "combined-pooled", "appearance-pooled")

    shared = [key for key in before if key in after]
    assert len(shared) == 2 * 4 * 4
    assert sum(before[key] != after[key] for key in shared) > len(shared) / 2
