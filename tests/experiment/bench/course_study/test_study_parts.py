"""Protocol, times and costs of the study of moving faces, undrawn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from experiment.bench.course_study.measuring import counts_of
from experiment.bench.course_study.recording import TRUTH, TRUTH_COLUMNS, record_study, result_of
from experiment.bench.course_study.study_protocol import StudySize, participants, plan_of, write_protocol
from experiment.bench.course_study.study_results import accuracy
from experiment.bench.measured_process import run_measured
from experiment.errors import ExperimentError
from experiment.protocol.plan import SessionPlan, Trial

USUAL = StudySize()


def plan(folder: Path, participant: str, size: StudySize = USUAL) -> SessionPlan:
    def render(faces: Sequence[object]) -> list[Path]:
        return [folder / f"{number}.png" for number in range(len(faces))]

    return plan_of(write_protocol(folder, size), participant, render=render)


def trials(of: SessionPlan) -> list[Trial]:
    return [step for step in of.steps if isinstance(step, Trial)]


def test_each_participant_watches_each_target_once_in_an_own_order(tmp_path: Path) -> None:
    orders = [[trial.target.name for trial in trials(plan(tmp_path, name))] for name in participants(StudySize(3))]

    assert all(len(set(order)) == len(order) == 8 for order in orders)
    assert orders[0] != orders[1]


def test_a_trial_is_as_long_as_asked_and_its_target_moves_within_it(tmp_path: Path) -> None:
    for trial in trials(plan(tmp_path, "01", StudySize(seconds=4.5))):
        shown = trial.target_frames
        assert shown is not None
        assert (trial.fixation_frames + shown + trial.inter_trial_frames) / 60 == 4.5
        assert trial.target.movement is not None
        assert trial.target.movement.course.movement <= shown


def test_the_recorded_flips_show_each_frame_of_the_target_at_its_time(tmp_path: Path) -> None:
    trial = trials(plan(tmp_path, "01"))[0]
    result = result_of(trial, 20.0, 60.0)
    movement = trial.target.movement
    assert movement is not None

    motion = result.details["motion"]
    at_s = [result.flip_times_s[flip] - result.onset_s for flip in motion["flips"]]

    assert at_s == pytest.approx([start / 60 for start in movement.starts()])
    assert motion["frames"] == list(range(len(at_s)))
    assert (result.onset_s, result.offset_s) == pytest.approx((20.5, 22.5))
    assert result.baseline_s == pytest.approx(20.0)


def test_a_study_of_another_size_is_not_measured_for_this_one(tmp_path: Path) -> None:
    rows = [",".join(TRUTH_COLUMNS), "01,anger,1,0.5,0.3", "02,anger,0,0.6,0"]
    (tmp_path / TRUTH).write_text("\n".join(rows) + "\n", encoding="utf-8")

    with pytest.raises(ExperimentError, match="2 people and 1 targets, not of 3 and 1; name another folder"):
        record_study(tmp_path, StudySize(people=3, clips=1))
    assert record_study(tmp_path, StudySize(people=2, clips=1)) == tmp_path / "data"


def test_the_output_of_courses_is_counted() -> None:
    output = (
        "sub-01: 8 trials, 700 of 720 frames used\n  note\nsub-02: 1 trial, 20 of 90 frames used\n"
        "sub-03: 8 trials, unchanged, not measured again\n\n3 sessions in x\n"
    )

    counts = counts_of(output)

    assert (counts.measured, counts.kept, counts.frames, counts.used) == (2, 1, 810, 720)


def test_cost_of_a_process_includes_the_one_it_starts(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(
        "import subprocess, sys\n"
        "work = 'import time\\nheld = bytearray(range(250)) * 240_000\\nwhile time.process_time() < 1.5: pass'\n"
        "sys.exit(subprocess.run([sys.executable, '-c', work]).returncode + 3)\n"
    )

    cost = run_measured(["busy", "argument"], folder=tmp_path)

    assert (cost.command, cost.status) == ("argument", 3)
    assert 0.8 < cost.cpu_s < 2.5
    assert cost.worker_mb > 60 > cost.own_mb > 1


def test_a_killed_command_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "waiting.py").write_text(
        "import subprocess, sys\n"
        "work = 'import time, pathlib\\nalive = pathlib.Path(\"alive\")\\n'\n"
        "work += 'while True: alive.write_text(str(time.time())); time.sleep(0.05)'\n"
        "subprocess.run([sys.executable, '-c', work])\n"
    )

    cost = run_measured(["waiting"], folder=tmp_path, kill_when=(tmp_path / "alive").exists)
    time.sleep(0.3)
    last = (tmp_path / "alive").read_text()
    time.sleep(0.5)

    assert cost.status == -9
    assert (tmp_path / "alive").read_text() == last


def test_measured_reactions_are_compared_with_the_known_ones(tmp_path: Path) -> None:
    truth = [",".join(TRUTH_COLUMNS), "01,anger,1,0.5,0.3", "01,weak-happiness,0,0.6,0.0", "02,anger,1,0.7,0.6"]
    (tmp_path / TRUTH).write_text("\n".join(truth) + "\n", encoding="utf-8")
    header = "participant,target,measure,onset_s,peak"
    for person, rows in {
        "01": ["anger,emotion_anger,0.6,0.2", "anger,emotion_fear,0.1,0.9", "weak-happiness,emotion_happiness,1.0,0.0"],
        "02": ["anger,emotion_anger,0.9,0.4"],
    }.items():
        lines = [header, *(f"{person},{row}" for row in rows)]
        (tmp_path / f"sub-{person}_indices.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lags = ["participant,target,reason", "01,anger,at-limit", "01,weak-happiness,no-movement", "02,anger,"]
    (tmp_path / "lag.csv").write_text("\n".join(lags) + "\n", encoding="utf-8")

    onsets, error, peaks, lag = accuracy(tmp_path / TRUTH, tmp_path)

    assert "found in 2 of 2 trials with a reaction, and in 1 of 1 without one" in onsets.measured
    assert error.measured.startswith("median +150 ms, 90 % between +105 and +195 ms")
    assert peaks.measured == "r = 1.00, 3 trials"
    assert lag.measured.startswith("at-limit 1, lag 1; the film ends 500 ms after the target")
