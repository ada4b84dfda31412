"""Whole sessions: order of steps, pauses, camera faults, resuming."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.protocol.plan import (
    Break,
    Calibration,
    Criterion,
    Page,
    SessionPlan,
    Trial,
)
from experiment.screens.screen import Screen
from tests.experiment.devices import ClockCamera
from tests.experiment.plans import EXPRESSIONS, make_plan, make_targets, make_trial
from tests.experiment.session.simulated_run import SlowTextDisplay, at_target, no_answer, run, run_script


def test_a_session_shows_its_steps_in_order_and_records_every_trial(tmp_path: Path) -> None:
    done = run(make_plan(tmp_path), tmp_path / "data")

    assert done.ending == "complete"
    assert done.history.complete
    assert done.participant.targets == list(EXPRESSIONS)
    assert [trial.target for trial in done.history.trials] == list(EXPRESSIONS)
    assert {trial.outcome for trial in done.history.trials} == {"response"}
    assert done.participant.screen_kinds[:3] == ["page", "page", "calibration"]
    assert done.participant.screen_kinds[-1] == "page"


def test_a_pause_repeats_the_trial_from_its_beginning(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    def pause(screen: Screen, flip: Flip) -> bool:
        keyboards[0].press("escape", flip.time_s + 0.1)
        return True

    base = at_target(2, pause)

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "pause":
            keyboards[0].press("space", flip.time_s + 1.0)
            return True
        return bool(base(screen, flip))

    done = run_script(plan, tmp_path, script, keyboards)

    assert done.ending == "complete"
    assert [(row.target, row.outcome) for row in done.history.trials] == [
        ("anger", "response"),
        ("disgust", "response"),
        ("fear", "aborted"),
        ("fear", "response"),
        ("happiness", "response"),
        ("sadness", "response"),
        ("surprise", "response"),
    ]
    assert done.trial(2).problem == "pause"
    assert [event for event, _ in done.events if event in ("pause", "go-on")] == ["pause", "go-on"]
    assert next(data["seconds"] for event, data in done.events if event == "go-on") == pytest.approx(1.0, abs=0.05)


def test_a_pause_between_two_trials_does_not_repeat_the_recorded_one(tmp_path: Path) -> None:
    keyboards: list[SimulatedKeyboard] = []
    pressed: list[float] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "blank" and len(pressed) == 0:
            pressed.append(flip.time_s + 0.04)
            keyboards[0].press("escape", pressed[0])
        if screen.kind == "pause":
            keyboards[0].press("space", flip.time_s + 1.0)
            return True
        return False

    done = run_script(make_plan(tmp_path), tmp_path, script, keyboards)

    assert done.participant.screen_kinds.count("pause") == 1
    assert [(row.target, row.attempt) for row in done.history.trials] == [(name, 1) for name in EXPRESSIONS]


def test_the_time_between_trials_is_kept_in_frames(tmp_path: Path) -> None:
    """From the first flip without the target to the next fixation cross, without the wait for the disk."""
    done = run(make_plan(tmp_path), tmp_path / "data")

    waited = {data["after"]: data["waited_for_disk"] for event, data in done.events if event == "between"}
    for before, after in zip(done.history.trials, done.history.trials[1:], strict=False):
        assert after.fixation_s is not None
        frames = (after.fixation_s - before.offset_s) * 60
        assert frames == pytest.approx(6 + waited.get(before.id, 0), abs=0.01)


def ending_at(number: int, keyboards: list[SimulatedKeyboard], *, sure: str = "y") -> Any:
    """A script that ends the session at a target: ESC, Q, Y."""

    def pause(screen: Screen, flip: Flip) -> bool:
        keyboards[0].press("escape", flip.time_s + 0.1)
        return True

    base = at_target(number, pause)
    asked = 0

    def script(screen: Screen, flip: Flip) -> bool:
        nonlocal asked
        if screen.kind == "pause":
            asked += 1
            keys = ["q", sure, "space"]
            keyboards[0].press(keys[min(asked, 3) - 1], flip.time_s + 0.5)
            return True
        return bool(base(screen, flip))

    return script


def test_ending_at_the_pause_screen_keeps_all_data_and_resume_continues(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    first = run_script(plan, tmp_path, ending_at(3, keyboards), keyboards)

    assert first.ending == "ended"
    assert not first.history.complete
    assert [row.target for row in first.history.trials if row.outcome == "response"] == list(EXPRESSIONS[:3])

    second = run(plan, tmp_path / "data", resume=True)

    assert second.ending == "complete"
    assert second.history.complete
    assert second.participant.targets == list(EXPRESSIONS[3:])
    assert "calibration" not in second.participant.screen_kinds


def test_ending_asks_for_confirmation_and_no_returns_to_the_pause_screen(tmp_path: Path) -> None:
    keyboards: list[SimulatedKeyboard] = []

    done = run_script(make_plan(tmp_path), tmp_path, ending_at(0, keyboards, sure="n"), keyboards)

    assert done.ending == "complete"
    assert done.participant.screen_kinds.count("pause") == 3


def test_an_unplugged_camera_aborts_the_trial_and_the_session_continues_when_it_is_back(tmp_path: Path) -> None:
    cameras: list[ClockCamera] = []

    def unplug(screen: Screen, flip: Flip) -> bool:
        cameras[0].gone = (flip.time_s + 0.1, flip.time_s + 4.0)
        return True

    done = run(make_plan(tmp_path), tmp_path / "data", on_screen=at_target(2, unplug), cameras=cameras)

    assert done.ending == "complete"
    assert "fault" in done.participant.screen_kinds
    assert [(row.target, row.outcome, row.problem) for row in done.history.trials[1:5]] == [
        ("disgust", "response", None),
        ("fear", "aborted", "camera-unplugged"),
        ("fear", "response", None),
        ("happiness", "response", None),
    ]
    names = [event for event, _ in done.events]
    assert names.index("camera-trouble") < names.index("go-on")


class FreezingCamera(ClockCamera):
    """The frames of a real camera; while ``frozen``, frames arrive with the same picture."""

    frozen: tuple[float, float] = (0.0, 0.0)

    def read(self) -> CameraFrame | None:
        frame = super().read()
        assert frame is not None
        image = frame.image
        if self.frozen[0] <= frame.captured_s < self.frozen[1]:
            image = np.full_like(image, 7)
        return replace(frame, image=image, time_kind="driver")


def test_a_frozen_camera_aborts_the_trial_and_the_session_continues_when_its_picture_changes(tmp_path: Path) -> None:
    """Frozen for five seconds from the third target on; two seconds of the same picture are a fault."""
    cameras: list[ClockCamera] = []

    def freeze(screen: Screen, flip: Flip) -> bool:
        camera = cameras[0]
        assert isinstance(camera, FreezingCamera)
        camera.frozen = (flip.time_s + 0.1, flip.time_s + 5.0)
        return True

    plan = make_plan(tmp_path)
    steps = tuple(replace(step, timeout_frames=600) if isinstance(step, Trial) else step for step in plan.steps)
    done = run(
        replace(plan, steps=steps),
        tmp_path / "data",
        on_screen=at_target(2, freeze),
        cameras=cameras,
        camera_type=FreezingCamera,
    )

    assert done.ending == "complete"
    assert [(row.target, row.outcome, row.problem) for row in done.history.trials[1:4]] == [
        ("disgust", "response", None),
        ("fear", "aborted", "camera-frozen"),
        ("fear", "response", None),
    ]
    trouble = next(data for event, data in done.events if event == "camera-trouble")
    assert trouble["condition"] == "frozen"


def test_the_pause_key_works_during_a_camera_fault_and_the_session_can_be_ended(tmp_path: Path) -> None:
    """ESC half a frame after a flip, as real keys come; then Q and Y."""
    cameras: list[ClockCamera] = []
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "target":
            cameras[0].gone = (flip.time_s + 0.1, flip.time_s + 1000.0)
        elif screen.kind == "fault":
            keyboards[0].press("escape", flip.time_s + 0.5083)
        elif screen.kind == "pause":
            pauses.append(screen)
            keyboards[0].press("q" if len(pauses) == 1 else "y", flip.time_s + 0.5)
        return True

    pauses: list[Screen] = []
    done = run(
        replace(make_plan(tmp_path), steps=make_plan(tmp_path).steps[2:]),
        tmp_path / "data",
        on_screen=script,
        cameras=cameras,
        keyboards=keyboards,
    )

    assert done.ending == "ended"
    assert [row.problem for row in done.history.trials] == ["camera-unplugged"]
    assert [event for event, _ in done.events if event in ("camera-trouble", "pause")] == ["camera-trouble", "pause"]


def practice_plan(tmp_path: Path) -> SessionPlan:
    """Up to three rounds of practice until it was answered, then one trial."""
    targets = make_targets(tmp_path / "targets")
    rounds = [make_trial(targets[0], i, id=f"p{i}", block="practice", kind="practice", round=i + 1) for i in range(3)]
    plan = make_plan(tmp_path, (*rounds, make_trial(targets[1], 3)))
    return replace(plan, criteria={"practice": Criterion("practice", 3)})


def test_practice_is_repeated_until_it_is_answered(tmp_path: Path) -> None:
    lazy = at_target(0, no_answer)

    done = run(practice_plan(tmp_path), tmp_path / "data", on_screen=lazy)

    assert [(row.id, row.outcome) for row in done.history.trials] == [
        ("p0", "timeout"),
        ("p1", "response"),
        ("trial-03", "response"),
    ]


def test_a_resumed_session_does_not_repeat_a_reached_criterion(tmp_path: Path) -> None:
    plan = practice_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []
    run_script(plan, tmp_path, ending_at(1, keyboards), keyboards)

    done = run(plan, tmp_path / "data", resume=True)

    assert done.participant.targets == ["disgust"]


def test_a_break_cannot_be_skipped_before_its_shortest_time(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, (Break("rest", "b", "Rest", 120),))
    keyboards: list[SimulatedKeyboard] = []

    def impatient(screen: Screen, flip: Flip) -> bool:
        keyboards[0].press("space", flip.time_s + 0.1)
        return True

    done = run_script(plan, tmp_path, impatient, keyboards)

    began = next(time_s for name, time_s, _ in done.received if name == "block-start")
    ended = next(time_s for name, time_s, _ in done.received if name == "session-end")
    assert ended - began >= 120 / 60


def test_a_break_keeps_its_duration_if_setting_its_text_takes_longer_than_a_frame(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, (Break("rest", "b", "Rest", 300),))
    keyboards: list[SimulatedKeyboard] = []
    counted_s: list[float] = []

    def impatient(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "break":
            counted_s.append(flip.time_s)
        keyboards[0].press("space", flip.time_s + 0.01)
        return True

    done = run_script(plan, tmp_path, impatient, keyboards, display=SlowTextDisplay)

    assert len(counted_s) == 6
    assert 300 / 60 <= counted_s[-1] - counted_s[0] < 300 / 60 + 0.1  # the text of the last one is set when it is over
    assert (done.totals.late, done.totals.missed) == (0, 0)


def test_a_calibration_records_different_frames_after_the_key_press(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    changes: list[tuple[str, float]] = []

    def watch(screen: Screen, flip: Flip) -> bool:
        changes.append((screen.kind, flip.time_s))
        return False

    steps = (Calibration("baseline", "b", "Calm", None, 10),)
    done = run(replace(plan, steps=steps), tmp_path / "data", on_screen=watch)

    frames = done.history.calibrations[0].frames
    assert len({frame.index for frame in frames}) == 10
    assert all(frame.captured_s > done.participant.pressed_s[0] for frame in frames)
    # 30 frames a second: none is left out
    assert frames[-1].index - frames[0].index == 9
    last = max(index for index, (kind, _) in enumerate(changes) if kind == "calibration")
    seconds = changes[last + 1][1] - frames[0].captured_s  # what comes next may be the wait for the disk
    assert seconds < 10 / 30 + 0.2, "the calibration goes on when it has its frames"


def test_listeners_receive_events_at_the_times_of_flips_and_presses(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    done = run(replace(plan, steps=(make_trial(plan.targets[0], 0),)), tmp_path / "data")

    names = [name for name, _, _ in done.received]
    assert names == ["session-start", "block-start", "fixation", "target", "response", "session-end"]
    times = {name: time_s for name, time_s, _ in done.received}
    assert times["target"] == done.participant.onsets_s[0]
    assert times["response"] == pytest.approx(times["target"] + 0.4)


def test_a_page_with_a_duration_ends_without_a_key(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, (Page("p", "b", "", "Text", duration_frames=30),))

    done = run(plan, tmp_path / "data", on_screen=no_answer)

    assert done.ending == "complete"
