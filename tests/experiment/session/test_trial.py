"""Trials: times, responses, time-outs, aborted attempts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiment.camera.condition import CameraState
from experiment.camera.thread import CameraThread
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedKeyboard
from experiment.errors import CameraError
from experiment.ports.display import Flip
from experiment.ports.keyboard import KeyPress
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen
from experiment.session.attention import Attention
from experiment.session.trial import Attempt
from tests.experiment.devices import number_in
from tests.experiment.plans import EXPRESSIONS, make_plan, make_trial
from tests.experiment.session.simulated_run import at_target, run, run_script


def test_presses_are_sorted_into_early_ones_repetitions_and_the_response(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    trial = make_trial(plan.targets[0], 0)
    attempt = Attempt(trial, Attention(trial, 1 / 60))
    early, held, wrong, late = (
        KeyPress("space", 0.9),
        KeyPress("space", 1.1, is_repeat=True),
        KeyPress("a", 1.2),
        KeyPress("space", 2.1),
    )
    assert attempt.find_response([KeyPress("space", 0.5)]) is None, "the target has no onset yet"
    attempt.onset_s = 1.0

    assert attempt.find_response([early, held, wrong, late], until_s=2.0) is None
    assert attempt.find_response([late]) == late
    assert [press.time_s for press in attempt.early] == [0.5, 0.9]
    assert attempt.held == [held]


def test_the_key_time_is_from_the_driver_and_the_frame_is_the_nearest(tmp_path: Path) -> None:
    done = run(make_plan(tmp_path), tmp_path / "data", delay_s=0.41)

    for trial, onset_s in zip(done.history.trials, done.participant.onsets_s, strict=True):
        key_s = onset_s + 0.41
        assert trial.response_time_s == pytest.approx(0.41, abs=1e-5)
        key_frame = next(frame for frame in trial.frames if frame.role == "key")
        image = np.asarray(Image.open(tmp_path / "data" / key_frame.file))
        # frame n was taken n/30 s after the start of the camera, at clock 1000
        assert number_in(image) == round((key_s - 1000.0) * 30)
        assert trial.key_to_frame_ms is not None
        assert abs(trial.key_to_frame_ms) <= 1000 / 60 + 0.01
        assert trial.half_interval_ms == pytest.approx(1000 / 60, abs=0.01)
        assert [frame.role for frame in trial.frames].count("before") == 3
        assert [frame.role for frame in trial.frames].count("after") == 2


def test_times_are_kept_in_frames(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    trial = make_trial(plan.targets[0], 0, fixation_frames=30, target_frames=12, timeout_frames=60)

    done = run(replace(plan, steps=(trial,)), tmp_path / "data", delay_s=99)

    row = done.trial(0)
    assert row.outcome == "timeout"
    assert row.fixation_s is not None
    assert row.onset_s - row.fixation_s == pytest.approx(30 / 60, abs=1e-4)
    assert row.offset_s - row.onset_s == pytest.approx(12 / 60, abs=1e-4)
    times = {name: time_s for name, time_s, _ in done.received}
    assert times["timeout"] - times["target"] == pytest.approx(60 / 60, abs=1e-4)


def test_a_time_out_counts_missed_frames(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    trial = make_trial(plan.targets[0], 0, fixation_frames=0, timeout_frames=60)

    done = run(replace(plan, steps=(trial,)), tmp_path / "data", delay_s=99, stalls={20: 10})

    row = done.trial(0)
    assert (row.late_flips, row.missed_frames) == (1, 10)
    assert row.offset_s - row.onset_s == pytest.approx(1.0, abs=1e-4)


def test_a_response_may_come_after_the_target_has_disappeared(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    trial = make_trial(plan.targets[0], 0, target_frames=12, timeout_frames=60)

    row = run(replace(plan, steps=(trial,)), tmp_path / "data", delay_s=0.5).trial(0)

    assert row.outcome == "response"
    assert row.offset_s - row.onset_s == pytest.approx(0.2, abs=1e-4)
    assert row.response_time_s == pytest.approx(0.5, abs=1e-4)


def test_a_press_before_the_target_is_never_a_response(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "fixation":
            keyboards[0].press("space", flip.time_s + 0.03)
        return False

    done = run_script(plan, tmp_path, script, keyboards)

    for row in done.history.trials:
        assert row.response_time_s == pytest.approx(0.4, abs=1e-5)
        # fixation lasts 6 frames, 0.1 s; the press came 0.03 s after its start
        assert row.details["before_onset_s"] == [pytest.approx(0.03 - 0.1, abs=1e-4)]


def test_a_held_key_is_not_a_response(tmp_path: Path) -> None:
    """SPACE is held from before the target; only the new press at 0.4 s counts."""
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "fixation":
            keyboards[0].press("space", flip.time_s + 0.08)
            for repeat in range(4):
                keyboards[0].press("space", flip.time_s + 0.11 + 0.03 * repeat, is_repeat=True)
        return False

    row = run_script(plan, tmp_path, script, keyboards).trial(0)

    assert row.response_time_s == pytest.approx(0.4, abs=1e-5)
    assert row.details["held_repeats"] == 4


def test_a_press_between_two_trials_does_not_answer_the_next(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "blank":
            keyboards[0].press("space", flip.time_s + 0.05)
        return False

    done = run_script(plan, tmp_path, script, keyboards)

    response_times = [row.response_time_s for row in done.history.trials]
    assert response_times == pytest.approx([0.4] * 6, abs=1e-5)


class SlowKeyboard(SimulatedKeyboard):
    """Delivers every press one read late, as some drivers do."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self._kept: list[KeyPress] = []

    def presses(self) -> list[KeyPress]:
        delivered, self._kept = self._kept, list(super().presses())
        return delivered


def test_a_press_just_before_the_time_out_counts_if_it_is_delivered_just_after(tmp_path: Path) -> None:
    """The target is shown for 60 frames; a press 1 ms before its end is delivered one frame after it."""
    plan = make_plan(tmp_path)
    steps = tuple(make_trial(plan.targets[0], index, timeout_frames=60) for index in range(2))
    delays = iter((60 / 60 - 0.001, 60 / 60 + 0.001))
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "target":
            keyboards[0].press("space", flip.time_s + next(delays))
        return True

    done = run(
        replace(plan, steps=steps), tmp_path / "data", on_screen=script, keyboards=keyboards, keyboard=SlowKeyboard
    )

    assert [row.outcome for row in done.history.trials] == ["response", "timeout"]
    assert done.trial(0).response_time_s == pytest.approx(0.999, abs=1e-5)


class StoppingKeyboard(SimulatedKeyboard):
    """Ctrl-C, as the key "stop"."""

    def presses(self) -> list[KeyPress]:
        presses = list(super().presses())
        if any(press.key == "stop" for press in presses):
            raise KeyboardInterrupt
        return presses


def test_ctrl_c_records_the_trial_on_the_display_as_aborted(tmp_path: Path) -> None:
    def stop(screen: Screen, flip: Flip) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(make_plan(tmp_path), tmp_path / "data", on_screen=at_target(2, stop))

    history = read_history(SessionPlace(tmp_path / "data", "01", None))
    # the target's first flip had not returned: nothing is known about that trial
    assert [row.outcome for row in history.trials] == ["response", "response"]

    def stop_later(screen: Screen, flip: Flip) -> bool:
        keyboards[0].press("stop", flip.time_s + 0.1)
        return True

    keyboards: list[SimulatedKeyboard] = []
    with pytest.raises(KeyboardInterrupt):
        run(
            make_plan(tmp_path),
            tmp_path / "data",
            resume=True,
            on_screen=at_target(1, stop_later),
            keyboards=keyboards,
            keyboard=StoppingKeyboard,
        )

    history = read_history(SessionPlace(tmp_path / "data", "01", None))
    assert [(row.target, row.outcome, row.problem) for row in history.trials[2:]] == [
        ("fear", "response", None),
        ("happiness", "aborted", "stopped"),
    ]
    assert run(make_plan(tmp_path), tmp_path / "data", resume=True).participant.targets == list(EXPRESSIONS[3:])


def test_a_camera_error_during_a_trial_records_it_as_aborted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Screen] = []
    state = CameraThread.state

    def fail_once_a_target_was_seen(camera: CameraThread) -> CameraState:
        if seen:
            raise CameraError("frames are no longer handed on")
        return state(camera)

    def watch(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "target":
            seen.append(screen)
        return screen.kind == "target"

    monkeypatch.setattr(CameraThread, "state", fail_once_a_target_was_seen)

    with pytest.raises(CameraError):
        run(make_plan(tmp_path), tmp_path / "data", on_screen=watch)

    history = read_history(SessionPlace(tmp_path / "data", "01", None))
    assert [(row.outcome, row.problem) for row in history.trials] == [("aborted", "stopped")]
