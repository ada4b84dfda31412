"""Trials and targets that do not differ from a face at rest are excluded with their reason and in no statistic."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.face.measurement import DetectedFace, Detection, Picture
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import metric
from analysis.face.similarity.uncertainty import learned_uncertainty
from analysis.tables.measured_session import MeasuredSession, measure_session, session_pictures
from analysis.tables.score_tables import BELOW_FLOOR, SessionTables, session_tables
from analysis.tables.table_files import summary_row, write_session
from analysis.training.learning import trainees
from experiment.record.live import LiveFrames
from experiment.record.session_record import SessionRecord
from experiment.record.sessions import read_sessions
from tests.analysis.tables.measured_here import MeasuredHere
from tests.analysis.tables.rehearsed import Faces, record_session

TRIALS = ("anger", "fear", "happiness", "anger")


def record(folder: Path, targets: Sequence[str] = ("anger", "fear", "happiness")) -> SessionRecord:
    record_session(folder / "data", targets=targets, trials=(*TRIALS, *targets[3:]), calibration=3)
    return read_sessions(folder / "data")[0]


def scored(recorded: SessionRecord, *, at_rest: str = "") -> SessionTables:
    """Return the scores; the participant's face is at rest in one trial."""
    return session_tables(measured(recorded, at_rest=at_rest), [metric("units")], load_model())


def measured(recorded: SessionRecord, *, at_rest: str = "") -> MeasuredSession:
    faces, model = Faces(load_model()), load_model()
    found: dict[Picture, Detection] = {}
    for pictures in session_pictures(recorded):
        found |= {picture: faces.detect(picture) for picture in pictures}
    for trial in recorded.trials:
        if trial.id == at_rest:
            frame = next(picture for picture in found if picture.path == trial.frame)
            face = found[frame]
            assert isinstance(face, DetectedFace)
            found[frame] = replace(face, landmarks=faces.landmarks("sub-01", "neutral"))
    return measure_session(recorded, found, MeasuredHere(model))


def exclusions(made: SessionTables) -> list[tuple[str, str]]:
    return [(one.what, one.reason) for one in made.session.exclusions]


def test_a_trial_at_rest_is_excluded_with_its_reason_and_counted_nowhere(tmp_path: Path) -> None:
    made = scored(record(tmp_path), at_rest="anger-2")
    (used, table), (_, trials) = made.tables[0], made.trial_tables[0]
    row = summary_row(used, table, made.session)

    assert exclusions(made) == [("trial anger-2", BELOW_FLOOR)]
    assert "mm, is below the noise floor, 0." in made.session.exclusions[0].message
    anger = trials.targets.index("anger")
    assert table.scores[anger, table.imitated.index("anger")] == trials.scores[anger, 0]
    assert trials.scores.shape[1] == 4
    assert (row["trials"], row["excluded"]) == (3, 1)
    assert made.session.takes == {"anger": 1, "fear": 1, "happiness": 1}


def test_a_target_at_rest_is_excluded_together_with_its_trials(tmp_path: Path) -> None:
    made = scored(record(tmp_path, ("anger", "fear", "happiness", "calm")))
    used, table = made.tables[0]

    assert exclusions(made) == [("target calm", BELOW_FLOOR), ("trial calm", BELOW_FLOOR)]
    assert table.targets == ("anger", "fear", "happiness")
    assert np.isnan(table.frame.loc["calm"]).all()
    assert summary_row(used, table, made.session)["rank1_chance"] == pytest.approx(1 / 3)


def test_rank1_of_a_session_counts_every_trial_and_not_the_means_over_takes(tmp_path: Path) -> None:
    made = scored(record(tmp_path))
    (used, table), trials = made.tables[0], made.trial_tables[0][1]

    row = summary_row(used, table, made.session)

    own = [trials.scores[:, k].argmax() == trials.targets.index(name) for k, name in enumerate(trials.imitated)]
    assert (row["rank1"], row["trials"], row["mimics"]) == (np.mean(own), 4, 3)


def test_the_files_list_trials_below_the_noise_floor(tmp_path: Path) -> None:
    made = scored(record(tmp_path), at_rest="fear")

    files = write_session(made, tmp_path / "tables", dataset=tmp_path / "data", model=load_model())

    texts = {file.name.split("facialmimicry_")[1]: file.read_text("utf-8") for file in files}
    assert f"trial fear,fear,{BELOW_FLOOR}," in texts["exclusions.csv"]
    assert "| **–** |" in texts["metric-units_table.md"]
    assert texts["scores.csv"].count(",mimic,") == 1 + 3  # the header and one trial with three targets
    for row in csv.DictReader(texts["scores.csv"].splitlines()):
        if row["trial_id"] == "fear":
            assert (row["score_low"], row["score_high"], row["likelihood_ratio"]) == ("", "", "")
        else:
            assert float(row["score_low"]) <= float(row["score"]) <= float(row["score_high"])
            ratio = float(row["likelihood_ratio"])
            limit = learned_uncertainty().metrics[row["metric"]].largest_ratio
            limits = {"at least": limit, "at most": 1 / limit}
            assert ratio == limits.get(row["likelihood_ratio_limit"], ratio)
            assert 1 / limit <= ratio <= limit
            assert (row["likelihood_ratio_limit"] == "") == (1 / limit < ratio < limit)


def test_an_attempt_at_rest_is_in_no_curve_and_among_the_exclusions_of_the_trainee(tmp_path: Path) -> None:
    recorded = record(tmp_path, ("anger", "fear", "happiness", "calm"))
    live: dict[tuple[str, str | None], LiveFrames] = {}
    live["01", None] = LiveFrames(np.zeros(0), np.zeros(0), np.zeros(0), (), (), np.zeros((0, 4)))

    (one,) = trainees([measured(recorded, at_rest="anger-2")], live, metric("units"), model=load_model())

    assert {curve.target: len(curve.attempts) for curve in one.curves} == {"anger": 1, "fear": 1, "happiness": 1}
    assert [line.split(": ")[2].split(" (")[0] for line in one.exclusion_lines] == [
        "target calm",
        "trial anger-2",
        "trial calm",
    ]
