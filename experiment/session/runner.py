"""One session: follows a plan step by step with the devices it is given, and hands everything to the recorder.

The devices are ports: a session cannot tell real ones from simulated ones. What a step shows is composed in
`experiment.screens.step_screens`; trials and questions have files of their own; here is the order of things, pauses,
and a camera that stops and comes back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.display import Display
from experiment.ports.keyboard import Keyboard
from experiment.protocol.plan import Break, Calibration, Consent, Form, Page, SessionPlan, Step, Trial
from experiment.protocol.trials.criterion import Outcome, is_needed
from experiment.record.history import FEEDBACK
from experiment.record.recorder import Recorder
from experiment.record.values import PendingCapture, TrialResult
from experiment.screens import step_screens
from experiment.screens.step_screens import Look
from experiment.session.display_loop import Camera, Stage, StepInterrupted
from experiment.session.questionnaire import ConsentDeclined, ask_consent, ask_form, says_yes
from experiment.session.trial import LiveTraining, TrialRunner

CAMERA_BACK_S = 1.0
"""A camera must have worked for so long before the session goes on."""
FAREWELL_S = 2.0
LONGEST_WAIT_FOR_DISK_S = 30.0
YIELD_S = 0.002
"""Real time given to other threads in each frame of a wait for them; a clock that is not real would race past them."""

Ending = Literal["complete", "ended", "declined"]


class Listener(Protocol):
    """Hears what happens, with the time of the flip or key press it belongs to: markers for EEG recorders."""

    def event(self, name: str, time_s: float, target: str | None) -> None:
        """Take note of one of `experiment.protocol.language.marker_events.MARKER_EVENTS`."""
        ...


class SessionEnded(Exception):
    """The session was ended at the pause screen."""


@dataclass(frozen=True, slots=True)
class Devices:
    """What a session is run with."""

    display: Display
    keyboard: Keyboard
    clock: Clock
    camera: Camera | None
    period_s: float
    """Time between two refreshes, from the display's verdict."""
    listeners: tuple[Listener, ...] = ()
    training: LiveTraining | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Frames over a whole session."""

    flips: int
    late: int
    missed: int
    paused_s: float


class Session:
    """Runs a plan.

    Parameters
    ----------
    outcomes
        What came of the trials done before an interruption.
    """

    def __init__(
        self,
        plan: SessionPlan,
        devices: Devices,
        recorder: Recorder,
        *,
        outcomes: Mapping[str, Outcome] | None = None,
    ) -> None:
        self._plan = plan
        self._devices = devices
        self._recorder = recorder
        self._look = Look.of(plan)
        self._clock = devices.clock
        self._outcomes = dict(outcomes or {})
        self._paused_s = 0.0
        self._block: str | None = None
        self._stage = Stage(
            display=devices.display,
            keyboard=devices.keyboard,
            clock=devices.clock,
            camera=devices.camera,
            period_s=devices.period_s,
            pause_key=plan.pause_key,
        )
        self._trials = TrialRunner(
            self._stage,
            self._look,
            plan.camera,
            record=self._record_trial,
            tell=self._tell,
            training=devices.training,
            on_measured=lambda time_s, row: recorder.event(FEEDBACK, row, time_s=time_s),
        )

    def run(self) -> Ending:
        """Run all steps that are not done yet; returns how the session ended. The recorder is closed by the caller."""
        done = set(self._recorder.finished)
        self._tell("session-start", self._clock.now(), None)
        try:
            if done:
                self._uninterrupted(self._welcome_back)
            for step in self._plan.steps:
                if step.id not in done and self._is_needed(step):
                    self._enter(step)
                    if isinstance(step, Trial):
                        self._trial(step)
                    else:
                        self._uninterrupted(lambda step=step: self._run(step))  # type: ignore[misc]
            with self._stage.undisturbed():
                self._settle()
                self._farewell("end")
        except SessionEnded:
            return "ended"
        except ConsentDeclined as declined:
            self._recorder.event("declined", {"clause": str(declined)})
            with self._stage.undisturbed():
                self._farewell("declined")
            return "declined"
        finally:
            self._tell("session-end", self._clock.now(), None)
        return "complete"

    @property
    def totals(self) -> Totals:
        """Frames so far."""
        return Totals(*self._stage.totals(), self._paused_s)

    # -- steps

    def _run(self, step: Page | Break | Consent | Form | Calibration) -> None:
        match step:
            case Page():
                self._stage.prepare([step_screens.page(self._look, step)])
                self._stage.start_log()
                self._stage.wait_for_key(
                    step_screens.page(self._look, step), step.continue_key, frames=step.duration_frames
                )
                self._recorder.step(step.id, **self._frames())
            case Break():
                self._stage.start_log()
                self._rest(step)
                self._recorder.step(step.id, **self._frames())
            case Consent():
                answers = ask_consent(self._stage, self._look, step)
                self._recorder.answers(step.id, answers)
            case Form():
                given = ask_form(self._stage, self._look, step)
                apart = [question.id for question in step.questions if question.demographic]
                labels = {question.id: question.label for question in step.questions}
                self._recorder.answers(step.id, given, demographic=apart, labels=labels)
            case Calibration():
                self._calibrate(step)

    def _trial(self, trial: Trial) -> None:
        """A trial and the time after it. They are interrupted apart: what is recorded is not done again."""
        blank_frames = 0

        def run() -> None:
            nonlocal blank_frames
            blank_frames = self._trials.run(trial)

        self._uninterrupted(run)
        self._stage.start_log()
        self._uninterrupted(lambda: self._between(trial, blank_frames))

    def _rest(self, step: Break) -> None:
        """The countdown goes by the times of flips: setting the text of another second may take longer than a frame."""
        passed, period_s = 0, self._devices.period_s
        began_s: float | None = None
        while passed < step.shortest_frames:
            left = round((step.shortest_frames - passed) * period_s + 0.499)
            shown_s = self._stage.show_page(step_screens.rest(self._look, step, seconds_left=left)).flip.time_s
            began_s = shown_s if began_s is None else began_s
            passed = 1 + round((shown_s - began_s) / period_s)
        self._stage.wait_for_key(step_screens.rest(self._look, step, seconds_left=0), step.continue_key)

    def _calibrate(self, step: Calibration) -> None:
        """Take frames one by one, from the key press on."""
        look, stage = self._look, self._stage
        stage.prepare([step_screens.calibration_page(look, step), step_screens.calibration(look, step, taken=0)])
        stage.wait_for_key(step_screens.calibration_page(look, step), step.start_key)
        taken: list[CameraFrame] = []
        from_s = stage.show(step_screens.calibration(look, step, taken=0)).flip.time_s
        self._tell("calibration", from_s, None)
        while self._devices.camera is not None and len(taken) < step.frames:
            stage.show(step_screens.calibration(look, step, taken=len(taken)))
            taken += self._devices.camera.collect(step.frames - len(taken), from_s=from_s)
            from_s = math.nextafter(taken[-1].time_s, math.inf) if taken else from_s
        self._recorder.calibration(step.id, block=step.block, frames=taken)
        if self._devices.training is not None:
            self._devices.training.calibrate(taken)

    def _between(self, trial: Trial, passed: int) -> None:
        """The rest of the time between two trials; what was recorded reaches the disk meanwhile.

        It is longer than the protocol asks for where the disk needs longer: the journal then says by how much.
        """
        self._stage.hold(self._trials.afterwards(trial), trial.inter_trial_frames - passed)
        waited = self._settle()
        frames = self._frames()
        if frames["late"] or waited:
            self._recorder.event("between", {"after": trial.id, "waited_for_disk": waited, **frames})

    def _settle(self) -> int:
        """Keep drawing until everything recorded is on the disk; how many frames that took."""
        give_up_s = self._clock.now() + LONGEST_WAIT_FOR_DISK_S
        frames = 0
        while self._recorder.pending and self._clock.now() < give_up_s:
            frames += self._stage.show(step_screens.blank(self._look)).periods
            time.sleep(YIELD_S)
        return frames

    def _is_needed(self, step: Step) -> bool:
        return not isinstance(step, Trial) or is_needed(step, self._plan, self._outcomes)

    def _enter(self, step: Step) -> None:
        if step.block != self._block:
            self._block = step.block
            self._recorder.event("block", {"block": step.block})
            self._tell("block-start", self._clock.now(), step.block)

    # -- interruptions

    def _uninterrupted(self, action: Callable[[], None]) -> None:
        """Do something; after a pause or a camera that stopped, do it again from its beginning."""
        while True:
            try:
                action()
                return
            except StepInterrupted as interruption:
                with self._stage.undisturbed():
                    if interruption.why == "pause":
                        self._pause()
                    else:
                        self._wait_for_camera()

    def _pause(self) -> None:
        """The pause screen: go on, or end after asking once more.

        Raises
        ------
        SessionEnded
            If the session is to end.
        """
        began_s = self._clock.now()
        self._recorder.event("pause", time_s=began_s)
        self._tell("pause", began_s, None)
        while True:
            press = self._stage.wait_for_key(step_screens.pause(self._look), "space", "q")
            assert press is not None
            if press.key == "space":
                break
            if says_yes(self._stage, self._look, step_screens.pause(self._look, confirm=True)):
                raise SessionEnded
        self._go_on("pause", began_s)

    def _wait_for_camera(self) -> None:
        """A clear screen until the camera has worked for a while; the pause key is heard here, too."""
        camera = self._devices.camera
        assert camera is not None
        began_s = self._clock.now()
        state = camera.state()
        self._recorder.event("camera-trouble", {"condition": state.condition, "message": state.message}, time_s=began_s)
        self._tell("pause", began_s, None)
        works_since_s: float | None = None
        while works_since_s is None or self._clock.now() - works_since_s < CAMERA_BACK_S:
            message = camera.state().message
            if self._stage.pause_asked(self._stage.show_page(step_screens.camera_fault(self._look, message)), "q"):
                self._pause()
            time.sleep(YIELD_S)
            if not self._stage.camera_works():
                works_since_s = None
            elif works_since_s is None:
                works_since_s = self._clock.now()
        self._go_on("camera-trouble", began_s)

    def _go_on(self, why: str, began_s: float) -> None:
        now_s = self._clock.now()
        self._paused_s += now_s - began_s
        self._recorder.event("go-on", {"after": why, "seconds": round(now_s - began_s, 3)}, time_s=now_s)
        self._tell("resume", now_s, None)

    def _welcome_back(self) -> None:
        self._stage.wait_for_key(step_screens.message(self._look, ""), "space")

    def _farewell(self, text: str) -> None:
        screen = step_screens.message(self._look, self._look.say(text), key=None)
        self._stage.hold(screen, self._stage.frames(FAREWELL_S))

    # -- what is handed on

    def _record_trial(self, result: TrialResult, capture: PendingCapture | None) -> None:
        if result.outcome != "aborted":
            similarity = result.details.get("similarity")
            self._outcomes[result.id] = Outcome(
                answered=result.outcome == "response",
                similarity=float(similarity) if isinstance(similarity, (int, float)) else None,
            )
        self._recorder.trial(result, capture)

    def _frames(self) -> dict[str, Any]:
        log = self._stage.take_log()
        return {"flips": len(log.times_s), "late": len(log.late), "missed": log.missed}

    def _tell(self, name: str, time_s: float, target: str | None) -> None:
        for listener in self._devices.listeners:
            listener.event(name, time_s, target)


def outcomes_of(trials: Iterable[Mapping[str, Any]]) -> dict[str, Outcome]:
    """Return what came of recorded trials (`experiment.record.history.History.trials`), for criteria."""
    return {
        trial["id"]: Outcome(trial["outcome"] == "response", trial.get("details", {}).get("similarity"))
        for trial in trials
        if trial["outcome"] != "aborted"
    }
