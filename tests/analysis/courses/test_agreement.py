"""From measured trials to composites, congruency and lag, and the tables of a whole data set."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.composites import CONGRUENT, CONTRAST, composite_values, congruent_contrast
from analysis.courses.couple_files import follower, with_error
from analysis.courses.filmed_trials import FilmedTrial
from analysis.courses.frames import CourseFrame
from analysis.courses.lag.dataset_lags import write_dataset_lags
from analysis.courses.lag.lagged_correlation import Lag
from analysis.courses.lag.pseudo_pairs import Null
from analysis.courses.lag.session_lags import target_agreement
from analysis.courses.lag.trial_lags import TrialLag
from analysis.courses.target_course import TargetCourse
from analysis.courses.trial_course import TrialCourse, trial_indices, unit_names
from analysis.face.arrays import FloatArray
from analysis.face.models.registry import load_model
from experiment.record.film.reading import FilmPart
from experiment.record.session_record import TrialRecord

MODEL = load_model()
NAMES = unit_names(MODEL)
SMILE = np.array([0.8 * name.startswith("mouthSmile") for name in NAMES])
FROWN = np.array([0.8 * name.startswith("browDown") for name in NAMES])
LAG_S, SHOWN_S = 0.4, 3.0


def moved(time_s: FloatArray, apex: FloatArray) -> FloatArray:
    strength = np.clip((time_s - 0.5) / 0.4, 0.0, 1.0) - np.clip((time_s - 2.0) / 0.5, 0.0, 1.0)
    return np.outer(strength, apex)


def trial(trial_id: str, target: str, apex: FloatArray) -> TrialCourse:
    times = np.arange(-1.0, SHOWN_S + 1.5, 1 / 30)
    record = TrialRecord(
        trial_id, "watching", "viewing", target, {}, "viewed", 10.0, SHOWN_S, None, None, None, None, (), 0, 0, {}
    )
    motion = tuple((frame, frame / 30) for frame in range(int(30 * SHOWN_S)))
    filmed = FilmedTrial(record, FilmPart(Path("part-01_frames.tsv"), ()), (), 10.0, -1.0, motion)
    emotions = np.zeros(6)
    frames = [
        CourseFrame(number, float(time_s), "", units, emotions)
        for number, (time_s, units) in enumerate(zip(times, moved(times - LAG_S, apex), strict=True))
    ]
    return TrialCourse(filmed, tuple(frames), "calibration")


TARGETS = {
    "smile": TargetCourse(moved(np.arange(0.0, SHOWN_S, 1 / 30), SMILE), is_moving=True),
    "frown": TargetCourse(moved(np.arange(0.0, SHOWN_S, 1 / 30), FROWN), is_moving=True),
    "picture": TargetCourse(SMILE[None], is_moving=False),
    "lost": TargetCourse(np.zeros((0, 0)), is_moving=True, fault="it has no neutral picture"),
}


def test_trials_have_the_lag_and_the_congruency_of_their_target() -> None:
    courses = [
        trial("mimicked", "smile", 0.5 * SMILE),
        trial("opposed", "frown", 0.5 * SMILE),
        trial("still", "picture", 0.5 * SMILE),
        trial("unknown", "lost", 0.5 * SMILE),
    ]

    found = target_agreement(courses, TARGETS, MODEL, max_lag_s=1.5)

    mimicked, opposed, still, unknown = found.lags
    assert mimicked.lag.lag_s == pytest.approx(LAG_S, abs=0.02)
    assert mimicked.index_s == mimicked.lag.lag_s
    assert mimicked.interval_s is not None
    assert mimicked.interval_s[0] <= LAG_S + 0.02
    assert mimicked.own_trials.pairs == 3
    assert opposed.lag.strength < 0.3
    assert (still.lag.reason, unknown.lag.reason) == ("still-target", "target-not-measured")
    congruency = found.congruency
    assert congruency[0] == pytest.approx(1.0, abs=0.02)
    assert congruency[1] is not None
    assert abs(congruency[1]) < 0.5
    assert congruency[2] == pytest.approx(1.0, abs=0.02)
    assert congruency[3] is None
    assert [len(one) > 0 for one in found.contrasts] == [True, True, True, False]
    assert [np.sign(one.mean()) for one in found.contrasts[:3]] == [1, -1, 1]


def test_a_target_that_holds_its_expression_has_a_lag() -> None:
    """While it holds, the same frame is shown: a time without a new frame is not a time without a target."""
    times = np.arange(0.0, SHOWN_S, 1 / 30)
    whole = moved(times, SMILE)
    changes = [frame for frame in range(len(times)) if frame == 0 or (whole[frame] != whole[frame - 1]).any()]
    held = TargetCourse(whole[changes], is_moving=True)
    course = trial("mimicked", "smile", 0.5 * SMILE)
    shown = tuple((number, frame / 30) for number, frame in enumerate(changes))
    course = replace(course, filmed=replace(course.filmed, motion_s=shown))
    assert max(np.diff([time_s for _, time_s in shown])) > 1.0

    found = target_agreement([course], {"smile": held}, MODEL, max_lag_s=1.5)

    expected = target_agreement([trial("mimicked", "smile", 0.5 * SMILE)], TARGETS, MODEL, max_lag_s=1.5)
    assert found.lags[0].lag.lag_s == pytest.approx(expected.lags[0].lag.lag_s, abs=1e-6)
    assert found.congruency[0] == pytest.approx(expected.congruency[0], abs=1e-6)
    assert len(found.contrasts[0]) == len(expected.contrasts[0])


def test_a_frame_of_a_target_that_is_not_measured_is_a_gap_as_long_as_it_is_shown() -> None:
    units = np.array([[0.0], [np.nan], [0.5]])

    times, found = TargetCourse(units, is_moving=True).over_time(((0, 0.0), (1, 0.1), (2, 1.0), (3, 1.1)), 1.2)

    assert times == pytest.approx([0.0, 1 / 30, 2 / 30, 1.0, 1.0 + 1 / 30, 1.0 + 2 / 30])
    assert found[:, 0].tolist() == [0.0, 0.0, 0.0, 0.5, 0.5, 0.5]


def test_composites_and_the_congruent_contrast_are_measures_with_indices() -> None:
    course = trial("opposed", "frown", 0.5 * SMILE)
    contrasts = target_agreement([course], TARGETS, MODEL, max_lag_s=1.0).contrasts

    found = dict(
        trial_indices(
            course,
            MODEL,
            composites={CONTRAST: {"mouthSmile": 1.0, "browDown": -1.0}, "press": {"mouthPress": 1.0}},
            target_contrast=contrasts[0],
        )
    )

    assert found[CONTRAST].peak == pytest.approx(0.4, abs=0.01)
    area = found[CONGRUENT].area
    assert area is not None
    assert area < -0.3  # a smile in response to a frown
    assert "press" not in found  # its units cannot be trusted
    assert found["mouthSmile"].peak == found[CONTRAST].peak


def test_a_composite_is_a_weighted_sum_and_a_protocol_can_define_contrast_otherwise() -> None:
    measures = {"mouthSmile": np.array([0.5]), "browDown": np.array([0.2]), "jawOpen": np.array([1.0])}

    assert composite_values(measures, {})[CONTRAST] == pytest.approx([0.3])
    assert composite_values(measures, {CONTRAST: {"jawOpen": 2.0}})[CONTRAST] == pytest.approx([2.0])
    assert composite_values({"jawOpen": np.array([1.0])}, {}) == {}
    assert congruent_contrast(np.array([0.3]), np.array([0.05])) is None
    assert congruent_contrast(np.array([0.3]), np.array([-0.5])) == pytest.approx([-0.3])


def test_who_follows_is_said_only_if_the_interval_with_the_error_of_the_cameras_excludes_zero() -> None:
    def found(low: float, high: float) -> TrialLag:
        return TrialLag("t", "t", Lag((low + high) / 2, 0.9, 5, 1.0), (low, high), Null())

    assert follower(with_error(found(0.1, 0.3), 0.0)) == "participant"
    assert follower(with_error(found(-0.3, -0.1), 0.0)) == "partner"
    assert follower(with_error(found(0.1, 0.3), 0.4)) == ""
    wide = with_error(found(0.1, 0.3), 0.4)
    assert wide is not None
    assert wide[1] == pytest.approx(0.2 + np.hypot(0.1, 0.4))


def test_targets_of_one_name_in_two_protocols_are_not_compared(tmp_path: Path) -> None:
    files = []
    for person, task in (("01", "x"), ("02", "x"), ("03", "y")):
        file = tmp_path / f"sub-{person}_task-{task}_lag.csv"
        file.write_text(
            f"participant,session,trial_id,kind,target,lag_s,correlation,reason\n{person},,a,viewing,smile,0.5,0.9,\n"
        )
        file.with_name(f"sub-{person}_task-{task}_lag-pairs.csv").write_text(
            "trial_id,course,pair,lag_s,correlation,reason\na,smile,real,0.5,0.9,\n"
        )
        files.append(file)

    trials, _ = write_dataset_lags(tmp_path, files)

    found = list(csv.DictReader(trials.read_text(encoding="utf-8").splitlines()))
    assert [row["others_pairs"] for row in found] == ["1", "1", "0"]


def test_the_table_of_all_lags_compares_each_trial_with_other_people(tmp_path: Path) -> None:
    head = "participant,session,trial_id,kind,target,lag_s,correlation,reason\n"
    files = []
    for person, value in (("01", 0.9), ("02", 0.2), ("03", 0.3)):
        stem = f"sub-{person}_task-x_"
        rows = f"{person},,a,viewing,smile,0.5,{value},\n{person},,b,viewing,frown,,,still-target\n"
        pairs = f"a,smile,real,0.5,{value},\na,frown,pseudo,,0.1,\nb,frown,real,0.5,{value},\nb,smile,pseudo,,0.1,\n"
        (tmp_path / f"{stem}lag.csv").write_text(head + rows)
        (tmp_path / f"{stem}lag-pairs.csv").write_text("trial_id,course,pair,lag_s,correlation,reason\n" + pairs)
        files += [tmp_path / f"{stem}lag.csv", tmp_path / f"{stem}lag-pairs.csv"]
    (tmp_path / "sub-01_task-x_partner-lag.csv").write_text(head)

    written = write_dataset_lags(tmp_path, [*files, tmp_path / "sub-01_task-x_partner-lag.csv"])

    trials, people = (list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) for file in written)
    assert [file.name for file in written] == ["lag.csv", "lag-people.csv"]
    assert [row["others_pairs"] for row in trials] == ["2", "0"] * 3
    assert float(trials[0]["others_p"]) == pytest.approx(1 / 3, abs=1e-5)
    assert float(trials[2]["others_p"]) == 1.0
    assert [(row["participant"], row["with_lag"], row["lag_median_s"]) for row in people] == [
        ("01", "1", "0.50000"),
        ("02", "1", "0.50000"),
        ("03", "1", "0.50000"),
    ]
    assert float(people[0]["correlation"]) == pytest.approx(0.9)
    assert 0.4 < float(people[0]["arranged_p"]) < 0.6  # two trials have two arrangements
