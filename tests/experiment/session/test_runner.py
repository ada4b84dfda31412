"""Whole sessions on a virtual clock: every device simulated, the recorder real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from experiment.camera.condition import CameraState
from experiment.camera.thread import CameraThread
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.errors import CameraError
from experiment.lab.session_setup import Options, header_of
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.ports.keyboard import KeyPress
from experiment.protocol.plan import (
    Break,
    Calibration,
    Clause,
    Consent,
    Criterion,
    Form,
    Page,
    Question,
    Rating,
    SessionPlan,
    Trial,
)
from experiment.record.history import History, RecordedTrial, read_history
from experiment.record.journal import read_journal
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.screens.screen import Rectangle, Screen, Text
from experiment.session.display_loop import Devices, FrameTotals
from experiment.session.runner import Session, SessionEnding, outcomes_of
from tests.experiment.devices import ClockCamera, Participant, number_in, texts_of
from tests.experiment.plans import EXPRESSIONS, make_plan, make_targets, make_trial


@dataclass
class Run:
    ending: SessionEnding
    history: History
    participant: Participant
    totals: FrameTotals
    events: list[tuple[str, Mapping[str, Any]]]
    heard: list[tuple[str, float, str | None]]

    def trial(self, number: int) -> RecordedTrial:
        return self.history.trials[number]


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[str, float, str | None]] = []

    def event(self, name: str, time_s: float, target: str | None) -> None:
        self.heard.append((name, time_s, target))


def run(
    plan: SessionPlan,
    dataset: Path,
    *,
    resume: bool = False,
    stalls: Mapping[int, int] | None = None,
    delay_s: float = 0.4,
    on_screen: Any = None,
    keyboards: list[SimulatedKeyboard] | None = None,
    cameras: list[ClockCamera] | None = None,
    keyboard: type[SimulatedKeyboard] = SimulatedKeyboard,
    camera_type: type[ClockCamera] = ClockCamera,
    display: type[SimulatedDisplay] = SimulatedDisplay,
) -> Run:
    """Run a plan with simulated devices and read back what was recorded."""
    clock = VirtualClock()
    keys = keyboard(clock)
    if keyboards is not None:
        keyboards.append(keys)
    participant = Participant(keys, delay_s, on_screen)
    screen = display(clock, observers=[participant], stalls=stalls)
    begin = Recorder.resume if resume else Recorder.start
    recorder = begin(dataset, header_of(plan, Options(), display={"verdict": "ok"}, camera={}), clock=clock)
    outcomes = outcomes_of(read_history(recorder.place).trials)
    source = camera_type(clock)
    if cameras is not None:
        cameras.append(source)
    camera = CameraThread(
        source, clock=clock, rate_hz=30, keep=(plan.camera.keep_before, plan.camera.keep_after), reopen=lambda: source
    )
    listener = Listener()
    session = Session(
        plan,
        Devices(screen, keys, clock, camera, 1 / 60),
        recorder,
        outcomes=outcomes,
        listeners=(listener,),
    )
    ending: SessionEnding = "ended"
    try:
        ending = session.run()
    finally:
        clock.release()
        camera.close()
        recorder.close(complete=ending == "complete")
    journal = read_journal(recorder.place.journal)
    events = [(entry.event, entry.data) for entry in journal.entries]
    return Run(ending, read_history(recorder.place), participant, session.totals, events, listener.heard)


def test_a_session_shows_its_steps_in_order_and_records_every_trial(tmp_path: Path) -> None:
    done = run(make_plan(tmp_path), tmp_path / "data")

    assert done.ending == "complete"
    assert done.history.complete
    assert done.participant.targets == list(EXPRESSIONS)
    assert [trial.target for trial in done.history.trials] == list(EXPRESSIONS)
    assert {trial.outcome for trial in done.history.trials} == {"response"}
    assert done.participant.seen[:3] == ["page", "page", "calibration"]
    assert done.participant.seen[-1] == "page"


def test_the_key_time_is_the_drivers_and_the_frame_is_the_nearest(tmp_path: Path) -> None:
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
    times = {name: time_s for name, time_s, _ in done.heard}
    assert times["timeout"] - times["target"] == pytest.approx(60 / 60, abs=1e-4)


def test_a_time_out_counts_missed_frames_as_time_that_passed(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    trial = make_trial(plan.targets[0], 0, fixation_frames=0, timeout_frames=60)

    done = run(replace(plan, steps=(trial,)), tmp_path / "data", delay_s=99, stalls={20: 10})

    row = done.trial(0)
    assert (row.late_flips, row.missed_frames) == (1, 10)
    assert row.offset_s - row.onset_s == pytest.approx(1.0, abs=1e-4)


def test_a_response_may_come_after_the_target_has_gone(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    trial = make_trial(plan.targets[0], 0, target_frames=12, timeout_frames=60)

    row = run(replace(plan, steps=(trial,)), tmp_path / "data", delay_s=0.5).trial(0)

    assert row.outcome == "response"
    assert row.offset_s - row.onset_s == pytest.approx(0.2, abs=1e-4)
    assert row.response_time_s == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_stalls_are_attributed_to_their_trial_and_frame(tmp_path: Path, seed: int) -> None:
    """Stalls of 1-10 frames at random flips of the session: all found, none invented, in the right trial."""
    plan = make_plan(tmp_path)
    rng = np.random.default_rng(seed)
    stalls = {int(flip): int(rng.integers(1, 11)) for flip in rng.choice(np.arange(30, 500), 30, replace=False)}

    done = run(plan, tmp_path / "data", stalls=stalls, delay_s=1.5)

    found: dict[int, int] = {}
    for event, data in done.events:
        if event == "trial":
            first = _index_of_first_flip(done, data)
            for frame, missed in data["details"].get("late", []):
                found[first + frame] = missed
    in_trials = {flip: missed for flip, missed in stalls.items() if flip in _flips_of_trials(done)}
    assert found == in_trials
    assert len(in_trials) > 10
    assert (done.totals.late, done.totals.missed) == (len(stalls), sum(stalls.values()))


def _index_of_first_flip(done: Run, trial: Mapping[str, Any]) -> int:
    return _flip_times(done).index(trial["flip_times_s"][0])


def _flips_of_trials(done: Run) -> set[int]:
    times = _flip_times(done)
    return {times.index(time) for event, data in done.events if event == "trial" for time in data["flip_times_s"]}


def _flip_times(done: Run) -> list[float]:
    return [round(time_s, 6) for time_s in done.participant.flips_s]


def no_answer(screen: Screen, flip: Flip) -> bool:
    """A script that presses nothing."""
    return True


def at_target(number: int, act: Any) -> Any:
    """A script that does something at the given target (0-based, counted by onsets), once."""
    seen = 0

    def script(screen: Screen, flip: Flip) -> bool:
        nonlocal seen
        if screen.kind != "target":
            return False
        seen += 1
        return bool(act(screen, flip)) if seen == number + 1 else False

    return script


def test_a_press_before_the_target_is_never_a_response(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "fixation":
            keyboards[0].press("space", flip.time_s + 0.03)
        return False

    done = _scripted(plan, tmp_path, script, keyboards)

    for row in done.history.trials:
        assert row.response_time_s == pytest.approx(0.4, abs=1e-5)
        # fixation lasts 6 frames, 0.1 s; the press came 0.03 s after its start
        assert row.details["before_onset_s"] == [pytest.approx(0.03 - 0.1, abs=1e-4)]


def test_a_held_key_is_not_a_response(tmp_path: Path) -> None:
    """SPACE goes down before the target and repeats itself into it: only the new press at 0.4 s counts."""
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "fixation":
            keyboards[0].press("space", flip.time_s + 0.08)
            for repeat in range(4):
                keyboards[0].press("space", flip.time_s + 0.11 + 0.03 * repeat, is_repeat=True)
        return False

    row = _scripted(plan, tmp_path, script, keyboards).trial(0)

    assert row.response_time_s == pytest.approx(0.4, abs=1e-5)
    assert row.details["held_repeats"] == 4


def test_a_press_between_two_trials_does_not_answer_the_next(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "blank":
            keyboards[0].press("space", flip.time_s + 0.05)
        return False

    done = _scripted(plan, tmp_path, script, keyboards)

    response_times = [row.response_time_s for row in done.history.trials]
    assert response_times == pytest.approx([0.4] * 6, abs=1e-5)


def _scripted(
    plan: SessionPlan, tmp_path: Path, script: Any, keyboards: list[SimulatedKeyboard], **devices: Any
) -> Run:
    """Run with a script that presses keys itself: ``keyboards[0]`` is the keyboard of the session."""
    return run(plan, tmp_path / "data", on_screen=script, keyboards=keyboards, **devices)


def test_escape_pauses_and_the_trial_is_repeated_from_its_beginning(tmp_path: Path) -> None:
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

    done = _scripted(plan, tmp_path, script, keyboards)

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


def test_escape_between_two_trials_does_not_repeat_the_one_that_is_recorded(tmp_path: Path) -> None:
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

    done = _scripted(make_plan(tmp_path), tmp_path, script, keyboards)

    assert done.participant.seen.count("pause") == 1
    assert [(row.target, row.attempt) for row in done.history.trials] == [(name, 1) for name in EXPRESSIONS]


def test_the_time_between_trials_is_kept_in_frames(tmp_path: Path) -> None:
    """From the first flip without the target to the next fixation cross, but for waiting for the disk."""
    done = run(make_plan(tmp_path), tmp_path / "data")

    waited = {data["after"]: data["waited_for_disk"] for event, data in done.events if event == "between"}
    for before, after in zip(done.history.trials, done.history.trials[1:], strict=False):
        assert after.fixation_s is not None
        frames = (after.fixation_s - before.offset_s) * 60
        assert frames == pytest.approx(6 + waited.get(before.id, 0), abs=0.01)


class SlowKeyboard(SimulatedKeyboard):
    """Hands every press on at the read after the one at which it could have: a driver that is a little late."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self._kept: list[KeyPress] = []

    def presses(self) -> list[KeyPress]:
        told, self._kept = self._kept, list(super().presses())
        return told


def test_a_press_just_before_the_time_out_counts_though_it_is_told_just_after(tmp_path: Path) -> None:
    """The target is there for 60 frames, the press comes 1 ms before its end and is told one frame after it."""
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


def test_ctrl_c_keeps_the_trial_that_was_on_the_display_as_aborted(tmp_path: Path) -> None:
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


def test_a_trial_in_which_the_program_fails_at_the_camera_is_kept_as_aborted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


class StoppingKeyboard(SimulatedKeyboard):
    """Ctrl-C, as the key "stop"."""

    def presses(self) -> list[KeyPress]:
        presses = list(super().presses())
        if any(press.key == "stop" for press in presses):
            raise KeyboardInterrupt
        return presses


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


def test_ending_at_the_pause_screen_keeps_everything_and_resume_goes_on(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []

    first = _scripted(plan, tmp_path, ending_at(3, keyboards), keyboards)

    assert first.ending == "ended"
    assert not first.history.complete
    assert [row.target for row in first.history.trials if row.outcome == "response"] == list(EXPRESSIONS[:3])

    second = run(plan, tmp_path / "data", resume=True)

    assert second.ending == "complete"
    assert second.history.complete
    assert second.participant.targets == list(EXPRESSIONS[3:])
    assert "calibration" not in second.participant.seen


def test_ending_asks_once_more_and_no_goes_back(tmp_path: Path) -> None:
    keyboards: list[SimulatedKeyboard] = []

    done = _scripted(make_plan(tmp_path), tmp_path, ending_at(0, keyboards, sure="n"), keyboards)

    assert done.ending == "complete"
    assert done.participant.seen.count("pause") == 3


def test_an_unplugged_camera_marks_the_trial_pauses_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    cameras: list[ClockCamera] = []

    def unplug(screen: Screen, flip: Flip) -> bool:
        cameras[0].gone = (flip.time_s + 0.1, flip.time_s + 4.0)
        return True

    done = run(make_plan(tmp_path), tmp_path / "data", on_screen=at_target(2, unplug), cameras=cameras)

    assert done.ending == "complete"
    assert "fault" in done.participant.seen
    assert [(row.target, row.outcome, row.problem) for row in done.history.trials[1:5]] == [
        ("disgust", "response", None),
        ("fear", "aborted", "camera-unplugged"),
        ("fear", "response", None),
        ("happiness", "response", None),
    ]
    names = [event for event, _ in done.events]
    assert names.index("camera-trouble") < names.index("go-on")


class FreezingCamera(ClockCamera):
    """A real camera's frames; while ``frozen`` they go on coming, but show the same picture."""

    frozen: tuple[float, float] = (0.0, 0.0)

    def read(self) -> CameraFrame | None:
        frame = super().read()
        assert frame is not None
        image = frame.image
        if self.frozen[0] <= frame.time_s < self.frozen[1]:
            image = np.full_like(image, 7)
        return replace(frame, image=image, time_kind="driver")


def test_a_frozen_camera_marks_the_trial_and_goes_on_when_its_picture_moves_again(tmp_path: Path) -> None:
    """Frozen for five seconds from the third target on; two seconds of the same picture are enough to tell."""
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


def test_escape_is_heard_while_the_camera_is_gone_and_the_session_can_be_ended(tmp_path: Path) -> None:
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


def ask_everything(tmp_path: Path, **devices: Any) -> Run:
    """Consent, five questions, a trial with a rating, a break; answered by keys."""
    targets = make_targets(tmp_path / "targets")
    hard = Rating("hard", "How hard was it?", ("easy", "so so", "hard"))
    steps = (
        Consent("consent", "b", "Consent", "Text", (Clause("film", "Film me?"), Clause("show", "Show it?", False))),
        Form(
            "you",
            "b",
            "You",
            (
                Question("age", "Age?", "integer", minimum=18, maximum=99),
                Question("hand", "Hand?", "choice", ("links", "rechts"), values=("left", "right")),
                Question("gender", "Gender?", "choice", ("w", "m"), values=("female", "male"), required=False),
                Question("glasses", "Glasses?", "choice", ("ja", "nein"), values=("yes", "no"), required=False),
                Question("mood", "Mood?", "text", required=False, demographic=False),
            ),
        ),
        make_trial(targets[0], 0, ratings=(hard,)),
        Break("rest", "b", "Rest", 60),
    )
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        text = texts_of(screen)
        board, at_s = keyboards[0], flip.time_s + 0.1
        if "Film me?" in text:
            board.press("y", at_s)
        elif "Show it?" in text:
            board.press("n", at_s)
        elif "Age?" in text and "|" in text.splitlines() and "17" not in text:
            for key in "17":
                board.press(key, at_s)
            board.press("return", at_s + 0.05)
        elif "Age?" in text and "from 18 to 99" in text:
            for key in ("backspace", "backspace", "2", "1", "return"):
                board.press(key, at_s)
        elif "Hand?" in text:
            board.press("2", at_s)
        elif "Gender?" in text or "Mood?" in text:
            board.press("return", at_s)
        elif "Glasses?" in text and not any(isinstance(element, Rectangle) for element in screen.elements):
            board.press("up", at_s)
        elif "Glasses?" in text:
            board.press("return", at_s)
        elif "How hard" in text:
            board.press("3", at_s)
        else:
            return False
        return True

    return _scripted(make_plan(tmp_path, steps), tmp_path, script, keyboards, **devices)


def test_consent_forms_and_ratings_are_recorded_apart(tmp_path: Path) -> None:
    done = ask_everything(tmp_path)

    assert done.history.demographics == {"age": "21", "hand": "right", "glasses": "no"}
    answers = {answer.question: answer.answer for answer in done.history.answers}
    assert answers == {"film": "true", "show": "false"} or answers == {"film": "yes", "show": "no"}
    assert done.trial(0).ratings == {"hard": 3}


def test_in_german_j_agrees_and_ends_the_session(tmp_path: Path) -> None:
    targets = make_targets(tmp_path / "targets")
    steps = (Consent("consent", "b", "", "Text", (Clause("film", "Film me?"),)), make_trial(targets[0], 0))
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        shown, at_s = texts_of(screen), flip.time_s + 0.1
        if "Film me?" in shown or "Sitzung beenden?" in shown:
            assert "J: " in shown
            keyboards[0].press("j", at_s)
        elif screen.kind == "target":
            keyboards[0].press("escape", at_s)
        elif screen.kind == "pause":
            keyboards[0].press("q", at_s)
        else:
            return False
        return True

    done = _scripted(make_plan(tmp_path, steps, language="de"), tmp_path, script, keyboards)

    assert done.ending == "ended"
    assert [(answer.question, answer.answer) for answer in done.history.answers] == [("film", "yes")]


class SlowLettering(SimulatedDisplay):
    """Setting a text it has not shown yet takes 50 ms, as a paragraph does on a slow computer."""

    def __init__(self, clock: VirtualClock, **more: Any) -> None:
        super().__init__(clock, **more)
        self._clock = clock
        self._set: set[Text] = set()

    def prepare(self, screen: Screen) -> None:
        new = {element for element in screen.elements if isinstance(element, Text)} - self._set
        self._set |= new
        self._clock.sleep_until(self._clock.now() + 0.05 * len(new))

    def flip(self, screen: Screen) -> Flip:
        self.prepare(screen)
        return super().flip(screen)


def test_a_new_text_makes_no_flip_late(tmp_path: Path) -> None:
    """Pages, questions while they are typed, countdowns, the pause and the farewell wait for their texts to be set."""
    done = ask_everything(tmp_path, display=SlowLettering)

    assert done.ending == "complete"
    assert (done.totals.late, done.totals.missed) == (0, 0)


def test_a_new_text_makes_no_flip_of_a_pause_late(tmp_path: Path) -> None:
    keyboards: list[SimulatedKeyboard] = []
    pauses: list[Screen] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "target" and not pauses:
            keyboards[0].press("escape", flip.time_s + 0.1)
            return True
        if screen.kind == "pause":
            pauses.append(screen)
            keyboards[0].press(("q", "n", "space")[len(pauses) - 1], flip.time_s + 0.1)
            return True
        return False

    done = _scripted(make_plan(tmp_path), tmp_path, script, keyboards, display=SlowLettering)

    assert (done.ending, len(pauses)) == ("complete", 3)
    assert (done.totals.late, done.totals.missed) == (0, 0)


def test_a_required_clause_refused_twice_ends_the_session(tmp_path: Path) -> None:
    steps = (
        Consent("consent", "b", "Consent", "Text", (Clause("film", "Film me?"),)),
        make_trial(make_targets(tmp_path / "targets")[0], 0),
    )
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if "Film me?" in texts_of(screen):
            keyboards[0].press("n", flip.time_s + 0.1)
            return True
        return False

    done = _scripted(make_plan(tmp_path, steps), tmp_path, script, keyboards)

    assert done.ending == "declined"
    assert done.history.trials == []
    assert done.participant.targets == []


def practice_plan(tmp_path: Path) -> SessionPlan:
    """Up to three rounds of practice until it was answered, then one trial."""
    targets = make_targets(tmp_path / "targets")
    rounds = [make_trial(targets[0], i, id=f"p{i}", block="practice", kind="practice", round=i + 1) for i in range(3)]
    plan = make_plan(tmp_path, (*rounds, make_trial(targets[1], 3)))
    return replace(plan, criteria={"practice": Criterion("practice", 3)})


def test_practice_is_repeated_until_it_was_answered(tmp_path: Path) -> None:
    lazy = at_target(0, no_answer)

    done = run(practice_plan(tmp_path), tmp_path / "data", on_screen=lazy)

    assert [(row.id, row.outcome) for row in done.history.trials] == [
        ("p0", "timeout"),
        ("p1", "response"),
        ("trial-03", "response"),
    ]


def test_resume_knows_that_the_criterion_was_reached(tmp_path: Path) -> None:
    plan = practice_plan(tmp_path)
    keyboards: list[SimulatedKeyboard] = []
    _scripted(plan, tmp_path, ending_at(1, keyboards), keyboards)

    done = run(plan, tmp_path / "data", resume=True)

    assert done.participant.targets == ["disgust"]


def test_a_break_cannot_be_skipped_before_its_shortest_time(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, (Break("rest", "b", "Rest", 120),))
    keyboards: list[SimulatedKeyboard] = []

    def impatient(screen: Screen, flip: Flip) -> bool:
        keyboards[0].press("space", flip.time_s + 0.1)
        return True

    done = _scripted(plan, tmp_path, impatient, keyboards)

    began = next(time_s for name, time_s, _ in done.heard if name == "block-start")
    ended = next(time_s for name, time_s, _ in done.heard if name == "session-end")
    assert ended - began >= 120 / 60


def test_a_break_is_as_long_as_asked_where_setting_its_seconds_takes_longer_than_a_frame(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, (Break("rest", "b", "Rest", 300),))
    keyboards: list[SimulatedKeyboard] = []
    counted_s: list[float] = []

    def impatient(screen: Screen, flip: Flip) -> bool:
        if screen.kind == "break":
            counted_s.append(flip.time_s)
        keyboards[0].press("space", flip.time_s + 0.01)
        return True

    done = _scripted(plan, tmp_path, impatient, keyboards, display=SlowLettering)

    assert len(counted_s) == 6
    assert 300 / 60 <= counted_s[-1] - counted_s[0] < 300 / 60 + 0.1  # the text of the last one is set when it is over
    assert (done.totals.late, done.totals.missed) == (0, 0)


def test_a_calibration_keeps_different_frames_taken_after_the_key(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    changes: list[tuple[str, float]] = []

    def watch(screen: Screen, flip: Flip) -> bool:
        changes.append((screen.kind, flip.time_s))
        return False

    steps = (Calibration("baseline", "b", "Calm", None, 10),)
    done = run(replace(plan, steps=steps), tmp_path / "data", on_screen=watch)

    frames = done.history.calibrations[0].frames
    assert len({frame.index for frame in frames}) == 10
    assert all(frame.time_s > done.participant.pressed_s[0] for frame in frames)
    # 30 frames a second: none is left out
    assert frames[-1].index - frames[0].index == 9
    last = max(index for index, (kind, _) in enumerate(changes) if kind == "calibration")
    seconds = changes[last + 1][1] - frames[0].time_s  # what comes next may be the wait for the disk
    assert seconds < 10 / 30 + 0.2, "the calibration goes on when it has its frames"


def test_listeners_hear_events_at_the_times_of_flips_and_presses(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    done = run(replace(plan, steps=(make_trial(plan.targets[0], 0),)), tmp_path / "data")

    names = [name for name, _, _ in done.heard]
    assert names == ["session-start", "block-start", "fixation", "target", "response", "session-end"]
    times = {name: time_s for name, time_s, _ in done.heard}
    assert times["target"] == done.participant.onsets_s[0]
    assert times["response"] == pytest.approx(times["target"] + 0.4)


def test_a_page_may_go_on_by_itself(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, (Page("p", "b", "", "Text", duration_frames=30),))

    done = run(plan, tmp_path / "data", on_screen=no_answer)

    assert done.ending == "complete"
