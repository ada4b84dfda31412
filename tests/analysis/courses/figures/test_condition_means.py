from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analysis.courses.figures.condition_means import BinnedTrial, bin_width_s, condition_mean, stacked
from analysis.courses.figures.course_reading import measure_columns, measured_sessions, read_trials
from analysis.courses.figures.group_data import condition_of, read_group
from analysis.errors import DataSetError
from experiment.record.sessions import read_sessions
from tests.analysis.courses.course_tables import DURATION_S, Reaction, write_session


def binned(participant: str, values: list[float], *, first: int = 0) -> BinnedTrial:
    return BinnedTrial(
        participant, f"sub-{participant}", "t", "smile", "smile", first, np.array([values]), (None,), 1.0
    )


def test_the_mean_is_that_of_the_participants_means_and_not_of_the_trials() -> None:
    trials = [binned("01", [0.1, 0.1]), binned("01", [0.3, 0.3]), binned("01", [0.2, 0.2]), binned("02", [0.6, np.nan])]

    found = condition_mean(trials, 0, width_s=0.1)

    assert found.mean == pytest.approx([0.4, 0.2])
    assert (found.participants, found.trials) == (2, 4)
    spread = np.std([0.2, 0.6], ddof=1)
    assert found.half_width[0] == pytest.approx(stats.t.ppf(0.975, 1) * spread / np.sqrt(2))
    assert np.isnan(found.half_width[1])
    assert found.time_s == pytest.approx([0.05, 0.15])


def test_the_mean_ends_where_fewer_than_half_of_the_participants_contribute() -> None:
    trials = [binned("01", [0.1, 0.1, 0.1]), binned("02", [0.2, 0.2]), binned("03", [0.3])]

    found = condition_mean(trials, 0, width_s=0.1)

    assert np.isfinite(found.mean).tolist() == [True, True, False]


def test_a_participant_without_a_used_frame_is_not_counted() -> None:
    found = condition_mean([binned("01", [0.1]), binned("02", [np.nan])], 0, width_s=0.1)

    assert (found.participants, found.trials) == (1, 1)
    assert found.mean == pytest.approx([0.1])


def test_trials_that_begin_at_different_times_are_aligned_at_the_onset() -> None:
    edges_s, values = stacked([binned("01", [1.0, 2.0], first=-1), binned("02", [3.0], first=1)], 0, width_s=0.5)

    assert edges_s == pytest.approx([-0.5, 0.0, 0.5, 1.0])
    np.testing.assert_array_equal(values, [[1.0, 2.0, np.nan], [np.nan, np.nan, 3.0]])


@pytest.mark.parametrize(("rate_hz", "width_s"), [(60.0, 0.05), (30.0, 0.05), (15.0, 0.08), (10.0, 0.12)])
def test_a_bin_is_longer_than_the_time_between_two_frames(rate_hz: float, width_s: float) -> None:
    assert bin_width_s(np.arange(0.0, 3.0, 1.0 / rate_hz)) == pytest.approx(width_s)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people with a smile and a frown each; the second person blinks and does not frown."""
    folder = tmp_path_factory.mktemp("drawn") / "data"
    write_session(folder, "01", [Reaction("smile", 0.5, 0.8), Reaction("frown", 0.4, 0.6)], noise=0.0)
    write_session(folder, "02", [Reaction("smile", 0.3, 1.0, blink_s=2.0), Reaction("frown", 0.0, None)], noise=0.0)
    return folder


def courses(dataset: Path) -> Path:
    return dataset / "derivatives" / "mimicry" / "courses"


def test_both_sides_are_averaged_and_the_baseline_is_subtracted(dataset: Path) -> None:
    record = read_sessions(dataset)[0]

    smile = next(read_trials(record, courses(dataset), ["mouthSmile", "unit_mouthSmileLeft", "emotion_anger"]))

    contrast = list(read_trials(record, courses(dataset), ["contrast"]))[1]
    late = smile.time_s > 1.5
    assert smile.values["mouthSmile"][late] == pytest.approx(0.6)
    assert smile.change("mouthSmile")[late] == pytest.approx(0.5)
    assert smile.change("unit_mouthSmileLeft")[late] == pytest.approx(0.5)
    assert smile.change("emotion_anger") == pytest.approx(0.0)
    assert contrast.change("contrast")[late] == pytest.approx(-0.4)
    assert smile.movements["mouthSmile"].onset_s == pytest.approx(0.8)
    assert smile.trial.duration_s == pytest.approx(DURATION_S)


def test_composites_of_the_call_of_courses_can_be_drawn(dataset: Path) -> None:
    record = read_sessions(dataset)[0]
    description = courses(dataset) / "sub-01_task-watching_courses.json"
    description.write_text(json.dumps({"composites": {"half": {"mouthSmile": 0.5}}}))
    try:
        smile = next(read_trials(record, courses(dataset), ["half"]))
    finally:
        description.unlink()

    assert smile.change("half")[smile.time_s > 1.5] == pytest.approx(0.25)


def test_frames_that_are_not_used_have_no_change(dataset: Path) -> None:
    record = read_sessions(dataset)[1]

    smile = next(read_trials(record, courses(dataset), ["mouthSmile"]))

    in_blink = np.abs(smile.time_s - 2.0) < 0.11
    np.testing.assert_array_equal(np.isnan(smile.change("mouthSmile")), in_blink)
    assert {smile.reasons[number] for number in np.flatnonzero(in_blink)} == {"blink"}


def test_the_trials_of_a_data_set_are_grouped_by_target(dataset: Path) -> None:
    data = read_group(read_sessions(dataset), courses(dataset), measures=["mouthSmile", "browDown"])

    (kind,) = data.kinds
    assert (kind.kind, kind.groups, len(kind.trials)) == ("viewing", ["frown", "smile"], 4)
    smiles = [one for one in kind.trials if one.group == "smile"]
    found = condition_mean(smiles, 0, width_s=data.width_s)
    at = found.time_s > 1.6
    assert found.mean[at & (np.abs(found.time_s - 2.0) > 0.2)] == pytest.approx(0.4)
    frown = condition_mean([one for one in kind.trials if one.group == "frown"], 1, width_s=data.width_s)
    assert frown.mean[at] == pytest.approx(0.2)


def test_conditions_of_the_protocol_can_group_the_trials(dataset: Path) -> None:
    record = read_sessions(dataset)[0]

    assert [condition_of(record.trials[0], record, by) for by in ("group", "expression")] == ["a", "happiness"]
    with pytest.raises(DataSetError, match=r"sub-01, trial smile-0: no condition colour; there is group, expression"):
        condition_of(record.trials[0], record, "colour")


def test_an_unknown_measure_is_refused_with_the_names_of_all(dataset: Path) -> None:
    record = read_sessions(dataset)[0]

    with pytest.raises(
        DataSetError, match=r"no measure smile; it has browDown, mouthSmile, similarity, emotion_anger, contrast"
    ):
        list(read_trials(record, courses(dataset), ["smile"]))
    with pytest.raises(DataSetError, match="no measure yaw_deg"):
        measure_columns("yaw_deg", ["yaw_deg"], Path("x_courses.csv"))


def test_a_session_without_courses_is_left_out(dataset: Path, tmp_path: Path) -> None:
    assert len(measured_sessions(read_sessions(dataset), courses(dataset))) == 2
    assert measured_sessions(read_sessions(dataset), tmp_path) == []
